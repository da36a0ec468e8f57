import OrderedCollections

/// A line protocol that lets other programs try the engine: one JSON object in, one GraphQL
/// response out.
///
/// The object has `action` (`parse`, `validate` or `execute`), `query`, and as needed `schema`
/// (SDL), `variables`, `operationName` and `data`, the root value: each field takes the member of
/// its name, a value of an abstract type names its type in `__typename`, and `{"$error": "text"}`
/// makes the field fail. The answer repeats `id`. Without `errors`, the document is accepted.
public enum GraphQLCheck {
    /// Answers one line; what comes in may be anything.
    public static func run(line: String) async -> String {
        let request: Value
        do {
            request = try JSONReader.read(Array(line.utf8), maxDepth: 256, keepsFractions: true)
        } catch {
            return answer(RequestFailure("Not valid JSON: \(error.message)").body(), id: nil)
        }
        let id = request["id"]
        do {
            return answer(try await body(request), id: id)
        } catch let failure as RequestFailure {
            return answer(failure.body(), id: id)
        } catch let error as GraphQLError {
            return answer(RequestFailure(errors: [error]).body(), id: id)
        } catch let errors as SchemaErrors {
            let list = errors.problems.map { problem in
                GraphQLError(
                    problem.message, code: "INVALID_SCHEMA",
                    locations: problem.location.map { [$0] } ?? [])
            }
            return answer(RequestFailure(errors: list).body(), id: id)
        } catch {
            return answer(RequestFailure("The line cannot be answered.").body(), id: id)
        }
    }

    private static func answer(_ body: [UInt8], id: Value?) -> String {
        let text = String(decoding: body, as: UTF8.self)
        guard let id else { return text }
        var writer = JSONWriter()
        writer.literal("{\"id\":")
        writer.value(id)
        if body.count > 2 { writer.byte(0x2C) }
        return String(decoding: writer.bytes, as: UTF8.self) + text.dropFirst()
    }

    /// Limits for checking: those that keep the answer quick, and no policy.
    private static var options: EngineOptions {
        var options = EngineOptions()
        options.maxDocumentBytes = 1_048_576
        options.maxDepth = 200
        options.maxAliases = 2_000
        options.maxRootFields = 2_000
        options.maxDirectives = 2_000
        options.maxCost = .max
        return options
    }

    private static func body(_ request: Value) async throws -> [UInt8] {
        guard let query = request["query"]?.text else {
            throw RequestFailure("The line has no \"query\".")
        }
        if request["action"]?.text == "parse" {
            _ = try options.parse(query)
            return Array("{}".utf8)
        }
        guard let sdl = request["schema"]?.text else {
            throw RequestFailure("The line has no \"schema\".")
        }
        let schema = try Schema(sdl: [Source(sdl, name: "schema")])
        let scalars =
            if case .scalar? = schema.types["UInt64"] { [CustomScalar.uint64] } else {
                [CustomScalar]()
            }
        switch request["action"]?.text {
        case "validate":
            let document = try options.parse(query)
            let input = InputCoercion(
                schema: schema,
                scalars: Dictionary(scalars.map { ($0.name, $0) }, uniquingKeysWith: { $1 }))
            let errors = DocumentValidator.validate(
                document, input, maxErrors: options.maxErrors, limits: options)
            if !errors.isEmpty { throw RequestFailure(errors: errors) }
            return Array("{}".utf8)
        case "execute":
            return try await execute(request, query, schema, scalars)
        default:
            throw RequestFailure("\"action\" must be \"parse\", \"validate\" or \"execute\".")
        }
    }

    private static func execute(
        _ request: Value, _ query: String, _ schema: Schema, _ scalars: [CustomScalar]
    ) async throws -> [UInt8] {
        let engine = try Engine<Value>(
            schema: schema, resolvers: DataResolvers.make(schema), scalars: scalars,
            options: options)
        var variables: OrderedDictionary<String, Value> = [:]
        if case .object(let given)? = request["variables"] { variables = given }
        let call = Request(
            query: query, operationName: request["operationName"]?.text, variables: variables)
        let operation = try engine.prepare(call).get()
        return await engine.execute(operation, data: request["data"] ?? .null).body
    }
}
