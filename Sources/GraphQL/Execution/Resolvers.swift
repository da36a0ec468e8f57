/// The resolvers of a schema, by type and field.
public struct Resolvers<Context: Sendable>: Sendable {
    var types: [String: TypeBinding] = [:]
    private(set) var subscriptions: [String: SubscriptionResolver] = [:]

    public init() {}

    /// The resolver of a query field.
    public mutating func query(
        _ field: String,
        _ resolve: @escaping @Sendable (Arguments, Context) async throws -> Resolved
    ) {
        root(.query, field, resolve)
    }

    /// The resolver of a mutation field. Mutation fields of one operation run one after another.
    public mutating func mutation(
        _ field: String,
        _ resolve: @escaping @Sendable (Arguments, Context) async throws -> Resolved
    ) {
        root(.mutation, field, resolve)
    }

    private mutating func root(
        _ kind: OperationKind, _ field: String,
        _ resolve: @escaping @Sendable (Arguments, Context) async throws -> Resolved
    ) {
        rootBindings[kind, default: [:]][field] = .single { _, _, arguments, context in
            guard let context = context as? Context else { throw WrongSource() }
            return try await resolve(arguments, context)
        }
    }

    /// Fields of the root types; which type they are in, the schema says.
    private(set) var rootBindings: [OperationKind: [String: FieldResolver]] = [:]

    /// The events of a subscription field, each the value of that field.
    public mutating func subscription(
        _ field: String,
        _ subscribe:
            @escaping @Sendable (Arguments, Context) async throws
            -> AsyncThrowingStream<Resolved, any Error>
    ) {
        subscriptions[field] = SubscriptionResolver { arguments, context in
            guard let context = context as? Context else { throw WrongSource() }
            return try await subscribe(arguments, context)
        }
    }

    /// The resolvers of an object type whose sources are of the Swift type `S`. A final class, or
    /// a struct with few references in it, is read fastest.
    public mutating func type<S: Sendable>(
        _ name: String, of source: S.Type,
        _ build: (inout TypeResolvers<S, Context>) -> Void
    ) {
        var resolvers = TypeResolvers<S, Context>()
        build(&resolvers)
        let bound = types[name]?.fields ?? [:]
        types[name] = TypeBinding(
            fields: bound.merging(resolvers.fields) { _, new in new }, makeRows: Rows<S>.make)
    }
}

/// The resolvers of one object type.
public struct TypeResolvers<Source: Sendable, Context: Sendable> {
    var fields: [String: FieldResolver] = [:]

    /// A property that is read from the source at once: the fast path.
    public mutating func field(
        _ name: String, _ read: @escaping @Sendable (Source) throws -> Resolved
    ) {
        fields[name] = .read { rows, _ in
            guard let rows = rows as? Rows<Source> else { return nil }
            return PropertyReader(rows, read)
        }
    }

    /// A property that is read at once and depends on arguments.
    mutating func property(
        _ name: String, _ read: @escaping @Sendable (Source, Arguments) throws -> Resolved
    ) {
        fields[name] = .read { rows, arguments in
            guard let rows = rows as? Rows<Source> else { return nil }
            return PropertyReader(rows) { try read($0, arguments) }
        }
    }

    /// A property that is the same for every source, of whatever type.
    mutating func constant(
        _ name: String, _ read: @escaping @Sendable (Arguments) throws -> Resolved
    ) {
        fields[name] = .read { _, arguments in ConstantReader { try read(arguments) } }
    }

    /// A field that is resolved for each parent on its own; all parents of a level in parallel.
    public mutating func field(
        _ name: String,
        _ resolve: @escaping @Sendable (Source, Arguments, Context) async throws -> Resolved
    ) {
        fields[name] = .single { rows, index, arguments, context in
            guard let rows = rows as? Rows<Source>, let context = context as? Context else {
                throw WrongSource()
            }
            return try await resolve(rows.read(index) { $0 }, arguments, context)
        }
    }

    /// A field that is resolved for all parents of a level in one call. The results stand in the
    /// order of the parents.
    public mutating func batch(
        _ name: String,
        _ resolve:
            @escaping @Sendable ([Source], Arguments, Context) async throws
            -> [Result<Resolved, any Error>]
    ) {
        fields[name] = .batch { rows, arguments, context in
            guard let rows = rows as? Rows<Source>, let context = context as? Context else {
                throw WrongSource()
            }
            let results = try await resolve(rows.values, arguments, context)
            guard results.count == rows.count else { throw WrongBatchSize() }
            return results
        }
    }
}

typealias Cell = Result<Resolved, any Error>

/// A resolver with its source and context types erased. Every form handles the parents of one
/// level, which stand in `Rows`.
enum FieldResolver: Sendable {
    /// Gives the way to read the field of each row; nil where the rows are not of the expected
    /// type.
    case read(@Sendable (_ rows: any Sendable, Arguments) -> (any RowReader)?)
    case single(
        @Sendable (_ rows: any Sendable, _ index: Int, Arguments, _ context: any Sendable)
            async throws -> Resolved)
    case batch(
        @Sendable (_ rows: any Sendable, Arguments, _ context: any Sendable) async throws
            -> [Cell])
    case typename
}

struct SubscriptionResolver: Sendable {
    let subscribe:
        @Sendable (Arguments, any Sendable) async throws -> AsyncThrowingStream<Resolved, any Error>
}

/// The resolvers of a type and the way to make rows of its sources.
struct TypeBinding: Sendable {
    var fields: [String: FieldResolver]
    /// Nil where a source is not of the type's Swift type.
    let makeRows: @Sendable (SourceBatch) -> (any Sendable)?
}
