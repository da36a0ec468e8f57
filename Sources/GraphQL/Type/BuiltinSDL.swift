/// What every schema contains without defining it: the built-in scalars and directives
/// (https://spec.graphql.org/September2025/#sec-Scalars.Built-in-Scalars,
/// #sec-Type-System.Directives.Built-in-Directives) and the introspection types
/// (#sec-Schema-Introspection).
enum BuiltinSDL {
    static let scalarNames: Set<String> = ["Int", "Float", "String", "Boolean", "ID"]
    static let directiveNames: Set<String> = [
        "skip", "include", "deprecated", "specifiedBy", "oneOf",
    ]

    /// Parsed once; the text is a constant, so parsing it cannot fail (a test proves it).
    static let document: Document? = try? Parser.parse(
        Source(scalars + directives + introspection, name: "built-in"), limits: .trusted)

    private static let scalars = """
        "A signed 32-bit integer."
        scalar Int
        "A double-precision number (IEEE 754)."
        scalar Float
        "Text in Unicode."
        scalar String
        "`true` or `false`."
        scalar Boolean
        "An identifier, written as a text; not meant for people to read."
        scalar ID

        """

    private static let directives = #"""
        "Leaves the field or fragment out when the argument is true."
        directive @skip(
          "Whether to leave it out."
          if: Boolean!
        ) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        "Takes the field or fragment in only when the argument is true."
        directive @include(
          "Whether to take it in."
          if: Boolean!
        ) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
        "Marks an element of the schema that should no longer be used."
        directive @deprecated(
          "Why, and what to use instead, as Markdown."
          reason: String! = "No longer supported"
        ) on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
        "Says where the behaviour of a custom scalar is specified."
        directive @specifiedBy(
          "The URL of the specification."
          url: String!
        ) on SCALAR
        "Demands that exactly one field of the input object is given."
        directive @oneOf on INPUT_OBJECT

        """#

    private static let introspection = #"""
        "What the service offers: its types, directives and entry points."
        type __Schema {
          description: String
          "All types of the service."
          types: [__Type!]!
          "The type that queries start from."
          queryType: __Type!
          "The type that mutations start from, if there are any."
          mutationType: __Type
          "The type that subscriptions start from, if there are any."
          subscriptionType: __Type
          "All directives of the service."
          directives: [__Directive!]!
        }
        "A type; which fields are not null depends on its kind."
        type __Type {
          kind: __TypeKind!
          name: String
          description: String
          specifiedByURL: String
          fields(includeDeprecated: Boolean! = false): [__Field!]
          interfaces: [__Type!]
          possibleTypes: [__Type!]
          enumValues(includeDeprecated: Boolean! = false): [__EnumValue!]
          inputFields(includeDeprecated: Boolean! = false): [__InputValue!]
          ofType: __Type
          isOneOf: Boolean
        }
        "The kinds of types."
        enum __TypeKind {
          SCALAR
          OBJECT
          INTERFACE
          UNION
          ENUM
          INPUT_OBJECT
          LIST
          NON_NULL
        }
        "A field of an object or interface type."
        type __Field {
          name: String!
          description: String
          args(includeDeprecated: Boolean! = false): [__InputValue!]!
          type: __Type!
          isDeprecated: Boolean!
          deprecationReason: String
        }
        "An argument, or a field of an input object."
        type __InputValue {
          name: String!
          description: String
          type: __Type!
          "The default as a GraphQL literal."
          defaultValue: String
          isDeprecated: Boolean!
          deprecationReason: String
        }
        "A value of an enumeration."
        type __EnumValue {
          name: String!
          description: String
          isDeprecated: Boolean!
          deprecationReason: String
        }
        "A directive that documents or schemas may use."
        type __Directive {
          name: String!
          description: String
          isRepeatable: Boolean!
          locations: [__DirectiveLocation!]!
          args(includeDeprecated: Boolean! = false): [__InputValue!]!
        }
        "A place where a directive may stand."
        enum __DirectiveLocation {
          QUERY
          MUTATION
          SUBSCRIPTION
          FIELD
          FRAGMENT_DEFINITION
          FRAGMENT_SPREAD
          INLINE_FRAGMENT
          VARIABLE_DEFINITION
          SCHEMA
          SCALAR
          OBJECT
          FIELD_DEFINITION
          ARGUMENT_DEFINITION
          INTERFACE
          UNION
          ENUM
          ENUM_VALUE
          INPUT_OBJECT
          INPUT_FIELD_DEFINITION
        }
        "Carries the fields that every query type and every composite type has."
        type __Meta {
          __schema: __Schema!
          __type(name: String!): __Type
          __typename: String!
        }
        """#
}
