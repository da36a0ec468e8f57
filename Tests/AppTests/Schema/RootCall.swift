import App
import GraphQL
import OrderedCollections
import TestSupport

/// A root field of the schema, and calls of it that are made from its arguments.
struct RootCall: Sendable {
    enum Kind: String, Sendable { case query, mutation, subscription }

    /// A leaf of the arguments: one of them, or a member of an input object among them.
    struct Leaf: Sendable {
        /// The names that lead to it.
        let names: [String]
        let type: TypeReference
        let isRequired: Bool

        var path: String { names.joined(separator: ".") }
        var name: String { names.last ?? "" }

        /// Whether it takes the id of something, or a cursor, which is one.
        var isID: Bool {
            ["String", "ID"].contains(type.namedType)
                && (name == "id" || name.hasSuffix("Id")
                    || names.count == 1 && ["after", "before"].contains(name))
        }
    }

    let kind: Kind
    let field: FieldDefinition
    let schema: Schema

    var name: String { field.name }

    /// Whether anybody may call it.
    var isPublic: Bool { field.appliedDirectives.contains { $0.name == "public" } }

    /// Every root field, in the schema's order.
    static func all(of schema: Schema) -> [RootCall] {
        [
            (Kind.query, schema.queryType), (.mutation, schema.mutationType),
            (.subscription, schema.subscriptionType),
        ].flatMap { kind, type in
            (type?.fields.values.map { $0 } ?? []).map {
                RootCall(kind: kind, field: $0, schema: schema)
            }
        }
    }

    /// The leaves of all arguments. None is inside itself.
    var leaves: [Leaf] {
        field.arguments.flatMap { leaves(of: $0, in: [], isRequired: true) }
    }

    private func leaves(of value: InputValue, in names: [String], isRequired: Bool) -> [Leaf] {
        let names = names + [value.name]
        let isRequired = isRequired && value.isRequired
        if case .inputObject(let input) = schema.type(named: value.type.namedType) {
            return input.fields.values.flatMap { leaves(of: $0, in: names, isRequired: isRequired) }
        }
        return [Leaf(names: names, type: value.type, isRequired: isRequired)]
    }

    /// The arguments with a value for each leaf that has one. Objects without any are left out.
    func variables(_ value: (Leaf) -> JSON?) -> [String: JSON] {
        var variables: [String: JSON] = [:]
        for argument in field.arguments {
            variables[argument.name] = json(argument, in: [], isRequired: true, value)
        }
        return variables
    }

    private func json(
        _ argument: InputValue, in names: [String], isRequired: Bool, _ value: (Leaf) -> JSON?
    ) -> JSON? {
        let names = names + [argument.name]
        let isRequired = isRequired && argument.isRequired
        guard case .inputObject(let input) = schema.type(named: argument.type.namedType) else {
            return value(Leaf(names: names, type: argument.type, isRequired: isRequired))
        }
        var members: [String: JSON] = [:]
        for member in input.fields.values {
            members[member.name] = json(member, in: names, isRequired: isRequired, value)
        }
        guard !members.isEmpty || isRequired else { return nil }
        if case .list = argument.type.nullable { return [.object(members)] }
        return .object(members)
    }

    /// An operation with a variable for each argument that is given.
    func document(_ variables: [String: JSON]) -> String {
        let given = field.arguments.filter { variables[$0.name] != nil }
        let declared = given.map { "$\($0.name): \($0.type)" }.joined(separator: ", ")
        let passed = given.map { "\($0.name): $\($0.name)" }.joined(separator: ", ")
        return kind.rawValue + (given.isEmpty ? "" : "(\(declared))")
            + " { field: \(name)" + (given.isEmpty ? "" : "(\(passed))") + " \(selection) }"
    }

    private var selection: String {
        if kind == .mutation { return "{ code success message }" }
        guard case .object(let type) = schema.type(named: field.type.namedType) else { return "" }
        return type.fields["edges"] == nil ? "{ __typename }" : "{ edges { cursor } }"
    }
}
