import OrderedCollections

/// Decides over a field before its resolver runs: nil lets it run, a value answers in its
/// place, an error becomes the field's error.
public typealias Guard<Context> = @Sendable (Arguments, Context) async throws -> Resolved?

/// A schema with its resolvers, ready to execute operations.
public final class Engine<Context: Sendable>: Sendable {
    public let schema: Schema
    public let options: EngineOptions
    private let core: EngineCore
    let subscriptions: [String: SubscriptionResolver]
    private let cache: DocumentCache
    let presentError: @Sendable (any Error, Context) -> GraphQLError

    /// Checks that every field of an object type has a resolver and every resolver a field.
    ///
    /// - `guards` is asked once for each field of the object types; it may throw to refuse.
    /// - `presentError` turns what a resolver or guard threw into the entry in `errors`.
    /// Throws `SchemaErrors` with everything that does not match.
    public init(
        schema: Schema, resolvers: Resolvers<Context>, scalars: [CustomScalar] = [],
        options: EngineOptions = EngineOptions(),
        guards: (ObjectType, FieldDefinition) throws -> Guard<Context>? = { _, _ in nil },
        presentError: @escaping @Sendable (any Error, Context) -> GraphQLError = { error, _ in
            (error as? GraphQLError)
                ?? GraphQLError("Internal server error.", code: ErrorCode.internalError)
        }
    ) throws {
        let bindings = ResolverBindings(schema, resolvers)
        let problems = bindings.problems(scalars)
        if !problems.isEmpty { throw SchemaErrors(problems: problems) }
        var checks: [String: [String: FieldGuard]] = [:]
        for case .object(let type) in schema.types.values where !type.name.hasPrefix("__") {
            for field in type.fields.values {
                guard let check = try guards(type, field) else { continue }
                checks[type.name, default: [:]][field.name] = { arguments, context in
                    guard let context = context as? Context else { throw WrongSource() }
                    return try await check(arguments, context)
                }
            }
        }
        self.schema = schema
        self.options = options
        self.presentError = presentError
        subscriptions = resolvers.subscriptions
        core = EngineCore(
            schema: schema,
            scalars: Dictionary(
                scalars.map { ($0.name, $0) }, uniquingKeysWith: { _, last in last }),
            types: bindings.types, guards: checks)
        cache = DocumentCache(maxBytes: options.documentCacheBytes)
    }

    /// How often documents have been looked up in the cache.
    public var documentLookUps: DocumentLookUps { cache.lookUps }

    /// Parses and validates (or finds the document in the cache), chooses the operation and
    /// coerces the variables.
    public func prepare(
        _ request: Request, allowIntrospection: Bool = true
    ) -> Result<PreparedOperation, RequestFailure> {
        do {
            let document = try prepared(request.query)
            if !allowIntrospection, document.usesIntrospection {
                throw GraphQLError(
                    "Introspection is turned off for this caller.",
                    code: ErrorCode.introspectionDisabled)
            }
            let operation = try Self.choose(request.operationName, document)
            guard let type = schema.rootType(operation.kind) else {
                throw GraphQLError(
                    "Schema is not configured to execute \(operation.kind.rawValue) operation.",
                    code: ErrorCode.operationResolutionFailure)
            }
            let variables = try VariableCoercion(input: core.input, document: document.document)
                .coerce(operation.variables, request.variables)
            try checkCost(
                document.cost(
                    operation, type, variables, defaultPageSize: options.defaultPageSize))
            let plan = document.plan(operation, type, variables)
            return .success(
                PreparedOperation(
                    kind: operation.kind, name: operation.name?.value,
                    rootFieldNames: plan.fields.map(\.definition.name), plan: plan,
                    variables: variables))
        } catch let failure as RequestFailure {
            return .failure(Self.presented(failure.errors, allowIntrospection))
        } catch let error as GraphQLError {
            return .failure(Self.presented([error], allowIntrospection))
        } catch {
            return .failure(RequestFailure("The request cannot be prepared."))
        }
    }

    /// What is wrong with a document whatever its variables are; empty if nothing is.
    public func problems(of document: String) -> [GraphQLError] {
        do {
            _ = try prepared(document)
            return []
        } catch let failure as RequestFailure {
            return failure.errors
        } catch let error as GraphQLError {
            return [error]
        } catch {
            return [GraphQLError("The document cannot be read.", code: ErrorCode.badRequest)]
        }
    }

    /// Suggestions would tell the schema's names one by one to who may not read it.
    private static func presented(
        _ errors: [GraphQLError], _ allowIntrospection: Bool
    ) -> RequestFailure {
        guard !allowIntrospection else { return RequestFailure(errors: errors) }
        return RequestFailure(
            errors: errors.map { error in
                var error = error
                error.message = Suggestions.removed(from: error.message)
                return error
            })
    }

    private func checkCost(_ cost: Int) throws {
        if cost <= options.maxCost { return }
        throw GraphQLError(
            "The operation's estimated cost of \(cost) is above the limit of \(options.maxCost). "
                + "Ask for smaller pages or fewer fields.",
            code: ErrorCode.documentTooComplex)
    }

    private func prepared(_ query: String) throws -> PreparedDocument {
        if let known = cache[query] { return known }
        let document = try options.parse(query)
        let errors = DocumentValidator.validate(
            document, core.input, maxErrors: options.maxErrors, limits: options)
        if !errors.isEmpty { throw RequestFailure(errors: errors) }
        let prepared = PreparedDocument(document: document, core: core)
        cache.insert(prepared, for: query)
        return prepared
    }

    /// https://spec.graphql.org/September2025/#GetOperation()
    private static func choose(
        _ name: String?, _ document: PreparedDocument
    ) throws -> OperationDefinition {
        if let name {
            guard let found = document.operations.first(where: { $0.name?.value == name }) else {
                throw GraphQLError(
                    "Unknown operation named \"\(name)\".",
                    code: ErrorCode.operationResolutionFailure)
            }
            return found
        }
        guard let first = document.operations.first else {
            throw GraphQLError(
                "Must provide an operation.", code: ErrorCode.operationResolutionFailure)
        }
        guard document.operations.count == 1 else {
            throw GraphQLError(
                "Must provide operation name if query contains multiple operations.",
                code: ErrorCode.operationResolutionFailure)
        }
        return first
    }

    /// Executes a query or mutation. Errors of fields stand in the response; nothing is thrown.
    public func execute(_ operation: PreparedOperation, context: Context) async -> Response {
        await execute(operation, root: NoSource(), context: context)
    }

    func execute(
        _ operation: PreparedOperation, root: any Sendable, context: Context
    ) async -> Response {
        let executor = Executor(context: context, variables: operation.variables)
        await executor.run(
            operation.plan, root: root, serially: operation.kind == .mutation)
        var writer = ResponseWriter(groups: executor.groups) { self.presentError($0, context) }
        let hasData = writer.writeData()
        return writer.response(hasData: hasData)
    }
}

/// An operation that may be executed, with its variables.
public struct PreparedOperation: Sendable {
    public let kind: OperationKind
    /// The operation's name in the document.
    public let name: String?
    /// The names (not aliases) of the fields of the operation, in order.
    public let rootFieldNames: [String]
    let plan: SelectionPlan
    let variables: [String: Value]
}
