package import GraphQL

/// How a list is sorted: by which field, and which way. Pages go forward and backward in it.
package struct ListOrder<Field: RawRepresentable<String> & Sendable>: Sendable {
    package let field: Field
    package let isDescending: Bool

    /// From a field's argument `orderBy`.
    /// - Parameter standard: the field that a list is sorted by, ascending, without one.
    package init(_ arguments: Arguments, standard: Field) throws {
        let order = try arguments.optionalObject("orderBy")
        field = try order?.optionalString("field").flatMap(Field.init(rawValue:)) ?? standard
        isDescending = try order?.optionalString("direction") == "DESC"
    }
}
