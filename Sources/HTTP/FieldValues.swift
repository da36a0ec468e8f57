import HTTPTypes

extension HTTPFields {
    /// What the library's own subscript answers: the value of a field, or those of several with
    /// commas between (RFC 9110, section 5.3). That one takes as long to join a single value.
    func value(of name: HTTPField.Name) -> String? {
        let values = self[values: name]
        return values.count > 1 ? self[name] : values.first
    }
}
