/// The limits of an engine. Each refuses a document with code `DOCUMENT_TOO_COMPLEX`.
public struct EngineOptions: Sendable {
    /// The size of a document's text in bytes.
    public var maxDocumentBytes = 131_072
    /// Lexical tokens.
    public var maxTokens = 10_000
    /// Nesting of selection sets, fragments expanded; the fields of the operation are depth 1.
    public var maxDepth = 20
    /// Fields with an alias, each counted as often as fragments bring it in.
    public var maxAliases = 200
    /// Fields of the operation itself, fragments expanded.
    public var maxRootFields = 100
    /// Applied directives in the document.
    public var maxDirectives = 200
    /// Validation errors collected before validation stops.
    public var maxErrors = 100
    /// The highest cost estimate: one for each field, multiplied by the page size (`first` or
    /// `last`) of the fields it stands under. A page size outside 0 to 100 is priced as 100.
    public var maxCost = 100_000
    /// Page sizes when neither `first` nor `last` is given to a field that has them.
    public var defaultPageSize = 20
    /// Bytes of document text that the cache of parsed documents holds at most.
    public var documentCacheBytes = 4_194_304

    public init() {}
}

extension EngineOptions {
    /// Parses a document that keeps to the limits on its text.
    func parse(_ query: String) throws(GraphQLError) -> Document {
        guard query.utf8.count <= maxDocumentBytes else {
            throw GraphQLError(
                "The document is longer than \(maxDocumentBytes) bytes.",
                code: ErrorCode.documentTooComplex)
        }
        return try Parser.parse(Source(query), limits: ParserLimits(maxTokens: maxTokens))
    }
}
