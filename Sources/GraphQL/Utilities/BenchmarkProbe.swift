/// Single steps of the engine, for benchmarks and fuzzing.
public struct BenchmarkProbe: Sendable {
    private let input: InputCoercion
    private let options = EngineOptions()

    public init(schema: Schema) { input = InputCoercion(schema: schema, scalars: [:]) }

    /// Whether a document's syntax is right.
    public static func parse(_ query: String) -> Bool {
        (try? Parser.parse(Source(query))) != nil
    }

    /// A document as the printer writes it; nil where its syntax is wrong.
    public static func printed(_ query: String) -> String? {
        (try? Parser.parse(Source(query))).map { Printer.print($0) }
    }

    /// Whether a document is valid, nothing cached.
    public func validate(_ query: String) -> Bool {
        guard let document = try? Parser.parse(Source(query)) else { return false }
        return DocumentValidator.validate(
            document, input, maxErrors: options.maxErrors, limits: options
        ).isEmpty
    }

    /// An engine whose fields read the members of a JSON value; see `execute(_:data:)`.
    public static func dataEngine(_ schema: Schema) throws -> Engine<Value> {
        try Engine(schema: schema, resolvers: DataResolvers.make(schema))
    }
}
