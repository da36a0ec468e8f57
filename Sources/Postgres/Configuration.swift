public import Tracing

/// A setting of the server that holds for one transaction, as `set_config(name, value, true)`.
public struct LocalSetting: Sendable, Hashable {
    /// The setting, such as `app.tenant_id`.
    public var name: String
    /// Its value.
    public var value: String

    /// A setting for one transaction.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// How a pool connects and how much it may use.
public struct PoolConfiguration: Sendable {
    /// A connection URI (`postgresql://user@host/database?sslmode=verify-full`) or keyword string,
    /// as libpq reads it, with several hosts and TLS if it says so.
    public var url: String
    /// Connections in all, at least 1.
    public var size = 4
    /// How long a caller waits for a connection.
    public var acquireTimeout: Duration = .seconds(5)
    /// Whether statements are prepared once for each connection. Turn it off behind a
    /// transaction pooler that cannot follow them (PgBouncer before 1.21).
    public var preparedStatements = true
    /// Statements kept prepared on each connection; the least used go first.
    public var preparedStatementLimit = 256
    /// How long opening a connection to one host may take; whole seconds, at least 2. A
    /// `connect_timeout` in the URL wins.
    public var connectTimeout: Duration = .seconds(5)
    /// How long an attempt to open a connection may hang before another is made beside it.
    public var openingPatience: Duration = .milliseconds(500)
    /// How long a connection may be silent, with work on it, before the server is asked over
    /// another one whether it knows of that work.
    public var silenceBeforeInquiry: Duration = .seconds(1)
    /// How long a connection may be silent, with work on it, before it is given up; nil for ever.
    /// More than any statement may take.
    public var silenceLimit: Duration?
    /// A connection unused for this long is checked.
    public var idleCheckInterval: Duration = .seconds(30)
    /// How long the check of an idle connection, or a cancelled statement, may take before the
    /// connection is given up.
    public var answerTimeout: Duration = .seconds(5)
    /// A connection older than this is replaced when it is next free.
    public var maxLifetime: Duration = .seconds(1_800)
    /// Part of the lifetime, 0 to 1, by which connections differ, so that they do not all end at
    /// once.
    public var lifetimeJitter = 0.2
    /// Callers that may wait at once; the next one is refused at once.
    public var maxWaiters = 10_000
    /// The name shown in `pg_stat_activity`, unless the URL has one.
    public var applicationName = "swift-postgres"
    /// Whether read units with equal settings that arrive while others are under way share one
    /// synchronisation point: about a third more throughput. A failed group is run again one by
    /// one.
    public var shareSync = true
    /// How long a leased connection waits for a lock of the database at a time; `nil` for as long
    /// as the statement may run. What has waited so long is undone, lets others have the
    /// connection for a moment, and is done again. If it is less than the server's
    /// `deadlock_timeout`, dead-locks end like this, too.
    public var lockWait: Duration?
    /// How long work that meets locks is done again and again, its deadline permitting.
    public var lockPatience: Duration = .seconds(15)
    /// Round trips that take longer are logged, with the names of their statements; `nil` for none.
    public var slowStatement: Duration?
    /// Who is told what is done in which request; `nil` for nobody, which costs nothing.
    public var tracer: (any Tracer)?
    /// How long `shutdown` waits for work under way.
    public var shutdownTimeout: Duration = .seconds(10)

    /// The defaults, for one database.
    public init(url: String, size: Int = 4) {
        self.url = url
        self.size = size
    }
}

/// What a pool is doing.
public struct PoolStatus: Sendable, Hashable {
    /// Connections that are open.
    public var open: Int
    /// Connections that do nothing.
    public var idle: Int
    /// Connections with reads under way.
    public var reading: Int
    /// Connections leased to a transaction.
    public var leased: Int
    /// Callers waiting for a connection.
    public var waiting: Int
    /// Read units sent whose answers are not all there.
    public var inFlight: Int
}

/// How a transaction is kept apart from others.
public enum Isolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}
