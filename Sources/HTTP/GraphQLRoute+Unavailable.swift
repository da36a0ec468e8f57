import GraphQL
import HTTPTypes

extension GraphQLError {
    /// There was no room or no database for the field: nothing was done, it may be asked for again.
    var isUnavailability: Bool { code == RefusalCode.serviceUnavailable.rawValue }
}

extension Response {
    /// Whether nothing came of all that was asked for, since there was no room or no database for
    /// it. A mutation whose own field has not failed was carried out, whatever can be told of it.
    func isRefusal(of operation: PreparedOperation) -> Bool {
        hasErrors && !hasValue && errors.allSatisfy(\.isUnavailability)
            && (operation.kind == .query || errors.allSatisfy { $0.path?.count == 1 })
    }
}

extension Answer {
    /// The answer to an operation of which nothing came. It has no `data`, without which alone
    /// GraphQL over HTTP has a status other than 2xx.
    static func unavailable(
        _ errors: [GraphQLError], as mediaType: ResponseMediaType
    ) -> Answer {
        Answer(
            status: .serviceUnavailable, contentType: mediaType.contentType,
            body: RequestFailure(errors: errors).body())
    }
}
