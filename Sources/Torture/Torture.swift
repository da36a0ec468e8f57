import ArgumentParser
import AsyncHTTPClient
import Foundation
import Postgres
import TestSupport

/// Puts load on a real server while faults of all kinds befall it, and proves that every
/// acknowledged operation is there once, none twice, and all money accounted for.
@main
struct Torture: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Inject faults under load, and look for what was lost.",
        discussion: "PostgreSQL's programs are looked for in PATH.")

    @Option(help: "The program to torture.")
    var hazina: String
    @Option(help: "Another version of it, which takes turns in upgrades.")
    var other: String?
    @Option(help: "How long the load lasts, in seconds.")
    var seconds = 120
    @Option(help: "What chance follows from; random if not given.")
    var seed: UInt64?
    @Option(help: "How many clients there are at a time.")
    var callers = 32
    @Option(help: "Which faults, separated by commas: \(Self.names); 'kills' for the first six.")
    var faults = "all"
    @Option(help: "How long a recovery may take, in seconds.")
    var recovery = 2.0
    @Option(help: "A setting of PostgreSQL; synchronous_commit=off shows what a loss looks like.")
    var setting: [String] = []
    @Flag(help: "Keep logs and data.")
    var keep = false
    @Flag(help: "Tell of each fault when it is overcome.")
    var verbose = false

    private static let names = Fault.allCases.map(\.rawValue).joined(separator: ", ")

    private func chosen() throws -> [Fault] {
        switch faults {
        case "all": return Fault.allCases
        case "kills": return Fault.kills
        default:
            return try faults.split(separator: ",").map { name in
                guard let fault = Fault(rawValue: String(name)) else {
                    throw ValidationError("'\(name)' is no fault: choose from \(Self.names)")
                }
                return fault
            }
        }
    }

    func run() async throws {
        let seed = seed ?? UInt64.random(in: 1...999_999)
        let chosen = try chosen()
        say("seed \(seed), \(seconds) s, \(callers) clients")
        let folder = "/tmp/hazina-torture.\(UUID().uuidString.prefix(8))"
        try prepare(folder)
        let cluster = try await Cluster(
            folder: folder, settings: setting, hasSpace: chosen.contains(.disk))
        var faults: [Fault] = []
        for fault in chosen {
            if let lack = fault.lack(hasSpace: cluster.space != nil) {
                say("left out: \(fault.title) (\(lack))")
            } else {
                faults.append(fault)
            }
        }
        let isSound: Bool
        do {
            isSound = try await torture(cluster, faults, folder, SeededRandom(seed: seed))
        } catch {
            say("FAILED: seed \(seed): \(error); logs and data are in \(folder)")
            throw ExitCode(1)
        }
        await cluster.stop()
        guard isSound else {
            say("FAILED: seed \(seed); logs and data are in \(folder)")
            throw ExitCode(1)
        }
        if keep {
            say("logs and data are in \(folder)")
        } else {
            try FileManager.default.removeItem(atPath: folder)
        }
    }

    private func prepare(_ folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o777])
        // The user `postgres` writes there too, which the process's mask would forbid.
        guard chmod(folder, 0o777) == 0 else { throw TortureError("cannot prepare \(folder)") }
    }

    /// - Returns: whether nothing was wrong.
    private func torture(
        _ cluster: Cluster, _ faults: [Fault], _ folder: String, _ seeded: SeededRandom
    ) async throws -> Bool {
        var random = seeded
        try await cluster.create()
        if faults.contains(.clocks) { try await FakeClock.build(in: folder) }
        let manner = ServerProcess.Manner(
            executable: hazina, port: try SocketAddress.freePort(), databaseURL: cluster.serverURL)
        let server = ServerProcess(
            "serve", log: folder + "/hazina.log", cluster: cluster, manner)
        let worker = ServerProcess("work", log: folder + "/work.log", cluster: cluster, manner)
        try await server.run("migrate")
        try await server.start()
        try await worker.start()
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: configuration)
        let api = API(client: client, address: Address(port: manner.port))
        let journal = Journal()
        let population = try await Population.make(api, journal, &random)
        var saboteur = Saboteur(
            cluster: cluster, server: server, worker: worker, journal: journal, api: api,
            folder: folder, executables: [hazina, other].compactMap(\.self),
            isVerbose: verbose, random: SeededRandom(seed: random.next()))
        do {
            try await run(&saboteur, faults, population, random)
            try await finishPayments(saboteur, population)
        } catch {
            try await client.shutdown()
            throw error
        }
        try await client.shutdown()
        // What has no answer yet is finished or given up before anything is counted.
        await saboteur.server.stop()
        await worker.stop()
        for crash in saboteur.crashes { journal.complain("a process ended with \(crash)") }
        return try await Judgement(
            cluster: cluster, journal: journal, population: population, faults: faults,
            limit: .seconds(recovery), auditLog: folder + "/audit.log"
        ).pass { try await saboteur.server.run("audit", log: $0) }
    }

    private func run(
        _ saboteur: inout Saboteur, _ faults: [Fault], _ population: Population,
        _ seeded: SeededRandom
    ) async throws {
        var random = seeded
        let persistence = Persistence(api: saboteur.api, journal: saboteur.journal)
        let journal = saboteur.journal
        let load = Load()
        defer { load.end() }
        var tasks: [Task<Void, Never>] = []
        for number in 0..<callers {
            let seeded = SeededRandom(seed: random.next())
            if number % 3 == 0 {
                var payer = Payer(
                    persistence: persistence, holders: population.holders, journal: journal,
                    load: load, random: seeded)
                tasks.append(Task { await payer.run() })
            } else {
                var caller = Caller(
                    persistence: persistence,
                    books: population.books[number % population.books.count], journal: journal,
                    load: load, random: seeded)
                tasks.append(Task { await caller.run() })
            }
        }
        try await saboteur.run(faults, for: .seconds(seconds))
        load.end()
        for task in tasks { await task.value }
    }

    /// Lets the workers send what a process has left; time passes faster for that.
    private func finishPayments(_ saboteur: Saboteur, _ population: Population) async throws {
        let connection = try await DirectConnection.open(url: saboteur.cluster.adminURL)
        defer { connection.close() }
        let repository = PaymentStateRepository(
            connection: connection, tenants: Array(Set(population.holders.map(\.tenant))))
        try await Cluster.wait("payments do not come to an end") {
            try await saboteur.startIfNeeded()
            guard try await repository.hurry() > 0 else { return true }
            try await Task.sleep(for: .milliseconds(300))
            return false
        }
    }
}

/// Writes a line at once, also where the output is not looked at.
func say(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
}
