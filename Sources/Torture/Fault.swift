/// What happens to the processes, the network and the disk.
enum Fault: String, CaseIterable, Sendable {
    case server, worker, postmaster, database, backend, both
    case restart, immediate, frozen
    case refused, held, swallowed, reset, commit
    case readonly, connections, disk
    case clocks, failover, pgbouncer, upgrade

    /// Processes killed, which needs nothing but PostgreSQL.
    static let kills: [Fault] = [.server, .worker, .postmaster, .database, .backend, .both]

    var title: String {
        switch self {
        case .server: "server killed"
        case .worker: "worker process killed"
        case .postmaster: "PostgreSQL's first process killed"
        case .database: "all of PostgreSQL killed"
        case .backend: "a connection's process killed"
        case .both: "server and PostgreSQL killed"
        case .restart: "PostgreSQL restarted, fast"
        case .immediate: "PostgreSQL restarted, immediate"
        case .frozen: "PostgreSQL frozen"
        case .refused: "connections refused"
        case .held: "network silent, nothing lost"
        case .swallowed: "network silent, all lost"
        case .reset: "connections reset"
        case .commit: "connection cut inside a commit"
        case .readonly: "database read-only"
        case .connections: "database out of connections"
        case .disk: "disk full"
        case .clocks: "clocks an hour apart"
        case .failover: "fail-over to the standby"
        case .pgbouncer: "PgBouncer between, killed"
        case .upgrade: "another version, schema migrated"
        }
    }

    /// What it needs and is not there; nil if it can be injected.
    func lack(hasSpace: Bool) -> String? {
        switch self {
        case .disk where !hasSpace: "needs to mount a file system: run it as root"
        case .clocks where FakeClock.compiler == nil: "needs a C compiler, as Swift brings one"
        case .pgbouncer where PgBouncer.executable == nil:
            "needs PgBouncer: apt-get install pgbouncer"
        default: nil
        }
    }
}
