public import OrderedCollections

/// A request as a client sends it
/// (https://github.com/graphql/graphql-over-http, section "Request Parameters").
public struct Request: Sendable {
    public var query: String
    public var operationName: String?
    public var variables: OrderedDictionary<String, Value>
    public var extensions: Value?
    /// The member `documentId`: the document's SHA-256 in hexadecimal, after `sha256:`.
    public private(set) var documentID: String?

    public init(
        query: String, operationName: String? = nil,
        variables: OrderedDictionary<String, Value> = [:], extensions: Value? = nil
    ) {
        self.query = query
        self.operationName = operationName
        self.variables = variables
        self.extensions = extensions
    }

    /// Reads the JSON body of a `POST`. Throws `RequestFailure` with code `BAD_REQUEST`.
    public init(json bytes: some Sequence<UInt8>) throws {
        let body: Value
        do {
            body = try JSONReader.read(Array(bytes))
        } catch {
            throw RequestFailure("The request body is not valid JSON: \(error.message)")
        }
        try self.init(body: body)
    }

    /// Reads a JSON body that may be a list of requests. `maxBatch` bounds the list; 0 refuses
    /// lists. Throws `RequestFailure` with code `BAD_REQUEST`.
    public static func all(json bytes: some Sequence<UInt8>, maxBatch: Int) throws -> [Request] {
        let body: Value
        do {
            body = try JSONReader.read(Array(bytes))
        } catch {
            throw RequestFailure("The request body is not valid JSON: \(error.message)")
        }
        guard case .list(let items) = body else { return [try Request(body: body)] }
        if maxBatch <= 0 {
            throw RequestFailure("Batched requests are turned off: send each by itself.")
        }
        if items.isEmpty { throw RequestFailure("The batch is empty.") }
        if items.count > maxBatch {
            throw RequestFailure("The batch has more than \(maxBatch) requests.")
        }
        return try items.map { try Request(body: $0) }
    }

    /// Reads one request of a parsed body. The text of the query may be missing (and is empty
    /// then) where `persistedHash` names it.
    public init(body: Value) throws {
        guard case .object(let members) = body else {
            throw RequestFailure("The request body must be a JSON object.")
        }
        switch members["documentId"] {
        case .string(let id)?: documentID = id
        case nil, .null?: documentID = nil
        default: throw RequestFailure("\"documentId\" must be a string.")
        }
        switch members["query"] {
        case .string(let text)?: query = text
        case nil, .null?:
            guard documentID != nil || Self.hash(members["extensions"]) != nil else {
                throw RequestFailure("The request has no \"query\".")
            }
            query = ""
        default: throw RequestFailure("\"query\" must be a string.")
        }
        switch members["operationName"] {
        case .string(let name)?: operationName = name.isEmpty ? nil : name
        case nil, .null?: operationName = nil
        default: throw RequestFailure("\"operationName\" must be a string or null.")
        }
        variables = try Self.object(members["variables"], "variables") ?? [:]
        extensions = try Self.object(members["extensions"], "extensions").map { .object($0) }
    }

    /// Reads the decoded query parameters of a `GET`: `query`, `documentId`, `operationName`, and
    /// `variables` and `extensions` as JSON texts. Throws `RequestFailure` with code `BAD_REQUEST`.
    public init(queryParameters: [String: String]) throws {
        var members: OrderedDictionary<String, Value> = [:]
        for name in ["query", "documentId", "operationName"] {
            if let text = queryParameters[name] { members[name] = .string(text) }
        }
        for name in ["variables", "extensions"] {
            guard let text = queryParameters[name], !text.isEmpty else { continue }
            do {
                members[name] = try JSONReader.read(Array(text.utf8))
            } catch {
                throw RequestFailure("\"\(name)\" is not valid JSON: \(error.message)")
            }
        }
        try self.init(body: .object(members))
    }

    /// The SHA-256 by which `documentId` or `extensions.persistedQuery.sha256Hash` names the
    /// document. The scheme `sha256:` of an id is taken off; an id of another is given whole.
    public var persistedHash: String? {
        guard let documentID else { return Self.hash(extensions) }
        let scheme = "sha256:"
        return documentID.hasPrefix(scheme)
            ? String(documentID.dropFirst(scheme.count)) : documentID
    }

    private static func hash(_ extensions: Value?) -> String? {
        guard case .string(let hash)? = extensions?["persistedQuery"]?["sha256Hash"] else {
            return nil
        }
        return hash
    }

    private static func object(
        _ value: Value?, _ name: String
    ) throws -> OrderedDictionary<String, Value>? {
        switch value {
        case nil, .null?: return nil
        case .object(let members)?: return members
        default: throw RequestFailure("\"\(name)\" must be an object or null.")
        }
    }
}

/// Why a request was not executed at all. Over HTTP this is status 400.
public struct RequestFailure: Error, Sendable {
    public let errors: [GraphQLError]

    public init(errors: [GraphQLError]) { self.errors = errors }

    init(_ message: String) {
        errors = [GraphQLError(message, code: ErrorCode.badRequest)]
    }

    /// `{"errors":[...]}`, without data.
    public func body() -> [UInt8] {
        var writer = JSONWriter()
        writer.literal("{\"errors\":")
        writer.errors(errors)
        writer.byte(0x7D)
        return writer.bytes
    }
}

/// What an executed operation answers.
public struct Response: Sendable {
    /// The complete JSON object.
    public let body: [UInt8]
    /// Errors of single fields; empty if all went well.
    public let errors: [GraphQLError]
    /// Whether an error went all the way up, so that `data` is null.
    public let dataIsNull: Bool
    /// Whether any field of the operation itself has a value other than null.
    public let hasValue: Bool

    public var hasErrors: Bool { !errors.isEmpty }
}
