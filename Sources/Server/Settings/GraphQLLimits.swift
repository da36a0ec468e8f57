import GraphQL

/// How large a GraphQL document may be; beyond it the answer is `DOCUMENT_TOO_COMPLEX`.
struct GraphQLLimits: Sendable {
    /// The limits as the engine takes them.
    var engine: EngineOptions

    init(from reader: inout SettingsReader) {
        var options = EngineOptions()
        options.maxDocumentBytes = reader.integer(
            "HAZINA_MAX_DOCUMENT_BYTES", default: options.maxDocumentBytes, in: 1024...16_777_216,
            "The longest GraphQL document, in bytes.")
        options.maxTokens = reader.integer(
            "HAZINA_MAX_TOKENS", default: options.maxTokens, in: 100...1_000_000,
            "The most lexical tokens in a document.")
        options.maxDepth = reader.integer(
            "HAZINA_MAX_DEPTH", default: options.maxDepth, in: 1...100,
            "The deepest nesting of fields.")
        options.maxAliases = reader.integer(
            "HAZINA_MAX_ALIASES", default: options.maxAliases, in: 0...100_000,
            "The most fields with an alias.")
        options.maxRootFields = reader.integer(
            "HAZINA_MAX_ROOT_FIELDS", default: options.maxRootFields, in: 1...100_000,
            "The most fields of an operation itself.")
        options.maxDirectives = reader.integer(
            "HAZINA_MAX_DIRECTIVES", default: options.maxDirectives, in: 0...100_000,
            "The most directives in a document.")
        options.maxCost = reader.integer(
            "HAZINA_MAX_COST", default: options.maxCost, in: 1...1_000_000_000,
            "The highest estimated cost: fields times page sizes.")
        engine = options
    }
}
