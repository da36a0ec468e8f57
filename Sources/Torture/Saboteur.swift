import Foundation
import Postgres
import TestSupport

/// Injects faults one after the other, each when the last one is overcome.
struct Saboteur {
    let cluster: Cluster
    let worker: ServerProcess
    let journal: Journal
    let api: API
    let folder: String
    /// The programs whose versions take turns.
    let executables: [String]
    let isVerbose: Bool
    private(set) var server: ServerProcess
    private var random: SeededRandom
    private var upgrades = 0
    private var formerCrashes: [Int32] = []
    private static let patience = Duration.seconds(60)

    init(
        cluster: Cluster, server: ServerProcess, worker: ServerProcess, journal: Journal, api: API,
        folder: String, executables: [String], isVerbose: Bool, random: SeededRandom
    ) {
        self.cluster = cluster
        self.server = server
        self.worker = worker
        self.journal = journal
        self.api = api
        self.folder = folder
        self.executables = executables
        self.isVerbose = isVerbose
        self.random = random
    }

    /// How processes ended that nobody had told to.
    var crashes: [Int32] { formerCrashes + server.crashes + worker.crashes }

    /// - Throws: `TortureError` if the server does not recover.
    mutating func run(_ chosen: [Fault], for duration: Duration) async throws {
        let end = ContinuousClock.now.advanced(by: duration)
        var faults: [Fault] = []
        while true {
            try await pause(200...1200)
            if ContinuousClock.now >= end { return }
            if faults.isEmpty { faults = chosen.shuffled(using: &random) }
            guard let fault = faults.popLast() else { continue }
            do {
                try await inject(fault)
            } catch {
                throw TortureError("\(fault.title): \(error)")
            }
            try await awaitRecovery(of: fault)
            if isVerbose, let last = journal.injections.last, let recovery = last.recovery {
                say("\(fault.title): recovered in \(recovery)")
            }
            try await settle(fault)
        }
    }

    /// Each of these notes when it begins, and when what it broke works again.
    private mutating func inject(_ fault: Fault) async throws {
        switch fault {
        case .server, .worker, .postmaster, .database, .backend, .both:
            journal.add(fault)
            try await kill(fault)
            journal.restored()
        case .restart, .immediate, .frozen:
            journal.add(fault)
            try await disturb(fault)
            journal.restored()
        case .refused, .held, .swallowed, .reset, .commit: try await cut(fault)
        case .readonly: try await makeReadOnly()
        case .connections: try await eatConnections()
        case .disk: try await fillDisk()
        case .clocks: try await moveClocks()
        case .failover:
            try await cluster.prepareStandby()
            try await pause(200...700)
            journal.add(fault)
            try await cluster.failOver()
            journal.restored()
        case .pgbouncer: try await passThroughPgBouncer()
        case .upgrade: try await upgrade()
        }
    }

    // MARK: Processes

    private mutating func kill(_ fault: Fault) async throws {
        let node = cluster.node
        switch fault {
        case .server:
            await server.killAndWait()
            try await pause(0...300)
            try await server.start()
        case .worker:
            await worker.killAndWait()
            try await pause(0...300)
            try await worker.start()
        case .postmaster:
            await node.killPostmaster()
            try await pause(0...500)
            try await node.start()
        case .database:
            await node.killAll()
            try await pause(0...500)
            try await node.start()
        case .backend:
            let witness = try await DirectConnection.open(url: cluster.adminURL)
            defer { witness.close() }
            node.killOneBackend(&random)
            // All connections are ended, this one too.
            try await Cluster.wait("PostgreSQL does not notice") {
                (try? await witness.query("-- saboteur.witness\nselect 1")) == nil
            }
            try await node.startIfNeeded()
        default:
            await node.killAll()
            await server.killAndWait()
            try await pause(0...300)
            // Half of the time it looks for its database in vain.
            if random.chance(50) { try await server.start() }
            try await node.start()
        }
    }

    private mutating func disturb(_ fault: Fault) async throws {
        let node = cluster.node
        if fault == .frozen {
            node.freeze(true)
            defer { node.freeze(false) }
            try await pause(500...3000)
        } else {
            await node.stop(fault == .restart ? SIGINT : SIGQUIT)
            try await pause(0...500)
            try await node.start()
        }
    }

    // MARK: Network

    private mutating func cut(_ fault: Fault) async throws {
        let relay = cluster.relay
        journal.add(fault)
        switch fault {
        case .reset: relay.reset()
        case .commit:
            relay.cutCommits(Int.random(in: 1...3, using: &random))
            try await Cluster.wait("nothing is committed") { relay.cutsLeft == 0 }
        default:
            try relay.set(
                fault == .refused ? .refusing : fault == .held ? .holding : .swallowing)
            try await pause(1000...4000)
            if fault == .refused { try await expectReadiness(false, during: fault) }
            try relay.set(.passing)
        }
        journal.restored()
    }

    // MARK: The database's limits

    private mutating func makeReadOnly() async throws {
        journal.add(.readonly)
        try await cluster.administer(
            "alter system set default_transaction_read_only = on", "select pg_reload_conf()")
        try await Cluster.wait("it is not read-only") { try await !cluster.takesWrites() }
        try await pause(500...2000)
        try await expectReadiness(false, during: .readonly)
        try await cluster.administer(
            "alter system reset default_transaction_read_only", "select pg_reload_conf()")
        try await Cluster.wait("it stays read-only") { try await cluster.takesWrites() }
        journal.restored()
    }

    /// Takes every connection that comes free, after the server's were ended.
    private mutating func eatConnections() async throws {
        let url = cluster.node.adminURL("hazina").replacing("postgres@", with: "other@")
        var eaten: [DirectConnection] = []
        defer { for connection in eaten { connection.close() } }
        while let connection = try? await DirectConnection.open(url: url) {
            eaten.append(connection)
        }
        journal.add(.connections)
        try await cluster.administer(
            """
            select pg_terminate_backend(pid) from pg_stat_activity where usename = 'hazina_server'
            """)
        let end = ContinuousClock.now.advanced(
            by: .milliseconds(Int.random(in: 500...2500, using: &random)))
        while ContinuousClock.now < end {
            if let connection = try? await DirectConnection.open(url: url) {
                eaten.append(connection)
            } else {
                try await pause(1...5)
            }
        }
        for connection in eaten { connection.close() }
        journal.restored()
    }

    private mutating func fillDisk() async throws {
        guard let space = cluster.space else { return }
        journal.add(.disk)
        try await space.fill(true)
        try await pause(1000...3000)
        try await space.fill(false)
        try await cluster.node.startIfNeeded()
        journal.restored()
    }

    // MARK: Other surroundings

    private mutating func moveClocks() async throws {
        let offset = random.chance(50) ? 3600 : -3600
        journal.add(.clocks)
        try await server.restart { $0.clockOffset = offset }
        journal.restored()
        try await worker.restart { $0.clockOffset = -offset }
    }

    private mutating func passThroughPgBouncer() async throws {
        guard let bouncer = try PgBouncer(folder: folder, to: cluster.node.port) else { return }
        try await bouncer.start()
        try await server.restart {
            $0.databaseURL = Cluster.serverURL(port: bouncer.port)
            $0.prepares = false
        }
        try await pause(1000...2000)
        journal.add(.pgbouncer)
        await bouncer.kill()
        try await pause(0...1000)
        try await bouncer.start()
        journal.restored()
        try await awaitRecovery(of: .pgbouncer)
        try await pause(300...800)
        let url = cluster.serverURL
        try await server.restart {
            $0.databaseURL = url
            $0.prepares = true
        }
        await bouncer.kill()
    }

    /// A newer version is started beside the older one on a schema that it has migrated; then it
    /// takes over, and the older one finishes what it has begun.
    private mutating func upgrade() async throws {
        upgrades += 1
        let executable = executables[upgrades % executables.count]
        var manner = server.manner
        manner.port = try SocketAddress.freePort()
        manner.executable = executable
        let next = ServerProcess(
            "serve", log: folder + "/hazina.log", cluster: cluster, manner)
        journal.add(.upgrade)
        if executables.count == 1 { try await migrateAsNewerVersion() }
        try await next.run("migrate")
        try await expectReadiness(true, during: .upgrade)
        try await next.start()
        let port = manner.port
        try await Cluster.wait("the newer server is not ready") { await api.isReady(port: port) }
        api.address.set(port)
        journal.restored()
        await server.stop()
        formerCrashes += server.crashes
        server = next
    }

    /// What a later version's migration does: something additive, and its row.
    private mutating func migrateAsNewerVersion() async throws {
        let tables = ["assets", "outgoing_payments", "quotes", "peers", "webhook_events"]
        let table = tables.randomElement(using: &random) ?? "assets"
        try await cluster.administer(
            """
            begin;
            alter table hazina.\(table) add column later_\(upgrades) text;
            insert into hazina.schema_migrations (version, name, checksum, breaks_older)
            select max(version) + 1, 'later \(upgrades)', '0', false
            from hazina.schema_migrations;
            commit
            """)
    }

    // MARK: Recovery

    private func awaitRecovery(of fault: Fault) async throws {
        let end = ContinuousClock.now.advanced(by: Self.patience)
        while !journal.isRecovered {
            try await startIfNeeded()
            try await Task.sleep(for: .milliseconds(10))
            guard ContinuousClock.now < end else {
                throw TortureError("\(fault.title): nothing is acknowledged a minute later")
            }
        }
    }

    /// Undoes what would be in the way of the next fault.
    private mutating func settle(_ fault: Fault) async throws {
        try await startIfNeeded()
        if fault == .clocks {
            try await pause(1000...2000)
            try await server.restart { $0.clockOffset = 0 }
            try await worker.restart { $0.clockOffset = 0 }
        }
        let port = server.manner.port
        try await Cluster.wait("\(fault.title): the server is not ready afterwards") {
            try await startIfNeeded()
            return await api.isReady(port: port)
        }
    }

    func startIfNeeded() async throws {
        try await server.startIfNeeded()
        try await worker.startIfNeeded()
    }

    private func expectReadiness(_ isReady: Bool, during fault: Fault) async throws {
        guard await api.isReady(port: server.manner.port) != isReady else { return }
        journal.complain(
            "\(fault.title): the server says that it is \(isReady ? "not " : "")ready")
    }

    private mutating func pause(_ milliseconds: ClosedRange<Int>) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: milliseconds, using: &random)))
    }
}
