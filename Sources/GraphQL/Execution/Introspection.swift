import OrderedCollections

/// The resolvers of the introspection types
/// (https://spec.graphql.org/September2025/#sec-Schema-Introspection). They are ordinary
/// synchronous properties; execution knows nothing special of them.
enum Introspection {
    /// A context that no resolver here looks at.
    private struct NoContext: Sendable {}

    /// A type as introspection shows it, with its lists and non-null marks.
    private struct Shown: Sendable {
        let reference: TypeReference
        let type: NamedType?
    }

    static func bindings(_ schema: Schema) -> [String: TypeBinding] {
        var resolvers = Resolvers<NoContext>()
        resolvers.type("__Meta", of: NoSource.self) { meta in
            meta.constant("__schema") { _ in .object(schema) }
            meta.constant("__type") { arguments in
                let name = try arguments.string("name")
                return schema.types[name] == nil ? .null : named(name, schema)
            }
        }
        addSchema(to: &resolvers)
        addType(to: &resolvers, schema)
        addMembers(to: &resolvers, schema)
        return resolvers.types
    }

    private static func named(_ name: String, _ schema: Schema) -> Resolved {
        .object(Shown(reference: .named(name), type: schema.types[name]))
    }

    private static func shown(_ reference: TypeReference, _ schema: Schema) -> Resolved {
        if case .named(let name) = reference { return named(name, schema) }
        return .object(Shown(reference: reference, type: nil))
    }

    private static func visible<T: Sendable>(
        _ members: some Sequence<T>, _ arguments: Arguments, _ reason: (T) -> String?
    ) throws -> Resolved {
        if try arguments.bool("includeDeprecated") {
            return .list(members.map { .object($0) })
        }
        return .list(members.filter { reason($0) == nil }.map { .object($0) })
    }

    private static func addSchema(to resolvers: inout Resolvers<NoContext>) {
        resolvers.type("__Schema", of: Schema.self) { type in
            type.field("description") { .optional($0.description) }
            type.field("types") { schema in
                .list(schema.types.keys.map { named($0, schema) })
            }
            type.field("queryType") { schema in
                schema.queryType.map { named($0.name, schema) } ?? .null
            }
            type.field("mutationType") { schema in
                schema.mutationType.map { named($0.name, schema) } ?? .null
            }
            type.field("subscriptionType") { schema in
                schema.subscriptionType.map { named($0.name, schema) } ?? .null
            }
            type.field("directives") { .objects($0.directives.values.elements) }
        }
        resolvers.type("__EnumValue", of: EnumValue.self) { value in
            value.field("name") { .string($0.name) }
            value.field("description") { .optional($0.description) }
            value.field("isDeprecated") { .bool($0.deprecationReason != nil) }
            value.field("deprecationReason") { .optional($0.deprecationReason) }
        }
        resolvers.type("__Directive", of: DirectiveDefinition.self) { directive in
            directive.field("name") { .string($0.name) }
            directive.field("description") { .optional($0.description) }
            directive.field("isRepeatable") { .bool($0.isRepeatable) }
            directive.field("locations") { .list($0.locations.map { .string($0.rawValue) }) }
            directive.property("args") {
                try visible($0.arguments, $1) { $0.deprecationReason }
            }
        }
    }

    private static func addType(to resolvers: inout Resolvers<NoContext>, _ schema: Schema) {
        resolvers.type("__Type", of: Shown.self) { type in
            type.field("kind") { .string(kind($0)) }
            type.field("name") { .optional($0.type?.name) }
            type.field("description") { .optional($0.type?.description) }
            type.field("specifiedByURL") {
                if case .scalar(let scalar)? = $0.type {
                    .optional(scalar.specifiedByURL)
                } else {
                    .null
                }
            }
            type.property("fields") { shown, arguments in
                guard let fields = shown.type?.fields else { return .null }
                return try visible(fields.values, arguments) { $0.deprecationReason }
            }
            type.field("interfaces") { shown in
                switch shown.type {
                case .object(let type)?: .list(type.interfaces.map { named($0, schema) })
                case .interface(let type)?: .list(type.interfaces.map { named($0, schema) })
                default: .null
                }
            }
            type.field("possibleTypes") { shown in
                switch shown.type {
                case .interface(let type)?:
                    .list(schema.possibleTypes(of: type.name).map { named($0, schema) })
                case .union(let type)?: .list(type.members.map { named($0, schema) })
                default: .null
                }
            }
            type.property("enumValues") { shown, arguments in
                guard case .enumeration(let type)? = shown.type else { return .null }
                return try visible(type.values.values, arguments) { $0.deprecationReason }
            }
            type.property("inputFields") { shown, arguments in
                guard case .inputObject(let type)? = shown.type else { return .null }
                return try visible(type.fields.values, arguments) { $0.deprecationReason }
            }
            type.field("ofType") { shown in
                switch shown.reference {
                case .list(let inner), .nonNull(let inner): Introspection.shown(inner, schema)
                case .named: .null
                }
            }
            type.field("isOneOf") {
                if case .inputObject(let type)? = $0.type { .bool(type.isOneOf) } else { .null }
            }
        }
    }

    private static func addMembers(to resolvers: inout Resolvers<NoContext>, _ schema: Schema) {
        resolvers.type("__Field", of: FieldDefinition.self) { field in
            field.field("name") { .string($0.name) }
            field.field("description") { .optional($0.description) }
            field.property("args") {
                try visible($0.arguments, $1) { $0.deprecationReason }
            }
            field.field("type") { shown($0.type, schema) }
            field.field("isDeprecated") { .bool($0.deprecationReason != nil) }
            field.field("deprecationReason") { .optional($0.deprecationReason) }
        }
        resolvers.type("__InputValue", of: InputValue.self) { input in
            input.field("name") { .string($0.name) }
            input.field("description") { .optional($0.description) }
            input.field("type") { shown($0.type, schema) }
            input.field("defaultValue") { .optional($0.defaultNode?.printedOnOneLine) }
            input.field("isDeprecated") { .bool($0.deprecationReason != nil) }
            input.field("deprecationReason") { .optional($0.deprecationReason) }
        }
    }

    private static func kind(_ shown: Shown) -> String {
        switch shown.reference {
        case .list: "LIST"
        case .nonNull: "NON_NULL"
        case .named:
            switch shown.type {
            case .object?: "OBJECT"
            case .interface?: "INTERFACE"
            case .union?: "UNION"
            case .enumeration?: "ENUM"
            case .inputObject?: "INPUT_OBJECT"
            case .scalar?, nil: "SCALAR"
            }
        }
    }
}
