import ArgumentParser
import AsyncHTTPClient
import Foundation
import Postgres
import TestSupport

/// Puts load on a real server while it and its database are killed again and again, and proves that
/// every acknowledged operation is there once, none twice, and all money accounted for.
@main
struct Torture: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Kill server and database under load, and look for what was lost.",
        discussion: "PostgreSQL's programs are looked for in PATH.")

    @Option(help: "The program to torture.")
    var hazina: String
    @Option(help: "How long the load lasts, in seconds.")
    var seconds = 60
    @Option(help: "What chance follows from; random if not given.")
    var seed: UInt64?
    @Option(help: "How many clients there are at a time.")
    var callers = 32
    @Option(help: "A setting of PostgreSQL; synchronous_commit=off shows what a loss looks like.")
    var setting: [String] = []
    @Flag(help: "Keep logs and data.")
    var keep = false

    func run() async throws {
        let seed = seed ?? UInt64.random(in: 1...999_999)
        print("seed \(seed), \(seconds) s, \(callers) clients")
        let folder = "/tmp/hazina-torture.\(UUID().uuidString.prefix(8))"
        try prepare(folder)
        let cluster = Cluster(
            folder: folder, port: try Self.freePort(), settings: setting)
        let server = ServerProcess(
            executable: hazina, port: try Self.freePort(), cluster: cluster)
        let isSound = try await torture(cluster, server, SeededRandom(seed: seed))
        await cluster.stop()
        guard isSound else {
            print("FAILED: seed \(seed); logs and data are in \(folder)")
            throw ExitCode(1)
        }
        if keep {
            print("logs and data are in \(folder)")
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
        _ cluster: Cluster, _ server: ServerProcess, _ seeded: SeededRandom
    ) async throws -> Bool {
        var random = seeded
        try await cluster.create()
        try await server.run("migrate")
        try await server.start()
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: configuration)
        let api = API(client: client, url: "http://127.0.0.1:\(server.port)/graphql")
        let journal = Journal()
        var allBooks: [Books] = []
        for number in 1...2 {
            allBooks.append(
                try await makeBooks("Tenant \(number)", api, server.operatorKey, journal, &random))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            let load = Load()
            for number in 0..<callers {
                var caller = Caller(
                    api: api, books: allBooks[number % allBooks.count], journal: journal,
                    load: load, random: SeededRandom(seed: random.next()))
                group.addTask { await caller.run() }
            }
            defer { load.end() }
            var saboteur = Saboteur(
                cluster: cluster, server: server, journal: journal,
                random: SeededRandom(seed: random.next()))
            try await saboteur.run(for: .seconds(seconds))
            load.end()
            try await group.waitForAll()
        }
        try await client.shutdown()
        // What has no answer yet is finished or given up before anything is counted.
        await server.stop()
        return try await judge(cluster, server, journal)
    }

    private func judge(
        _ cluster: Cluster, _ server: ServerProcess, _ journal: Journal
    ) async throws -> Bool {
        let connection = try await DirectConnection.open(url: cluster.adminURL)
        defer { connection.close() }
        let repository = FinalStateRepository(connection: connection)
        let (balances, settlements) = try await repository.balances()
        var inquest = Inquest(
            transfers: try await repository.transfers(), settlements: settlements,
            peers: try await repository.peers())
        inquest.examine(journal.records)
        inquest.compare(with: balances)
        let report = Report(injections: journal.injections, tallies: inquest.tallies)
        print(report.text)
        for problem in inquest.problems.prefix(50) { print("- " + problem) }
        let auditLog = cluster.folder + "/audit.log"
        var isSound = inquest.problems.isEmpty && !report.hasLoss
        do {
            try await server.run("audit", log: auditLog)
        } catch {
            isSound = false
        }
        print(ChildProcess.read(auditLog) ?? "no audit", terminator: "")
        return isSound
    }

    /// A tenant with an asset and peers that have money.
    private func makeBooks(
        _ name: String, _ api: API, _ operatorKey: String, _ journal: Journal,
        _ random: inout SeededRandom
    ) async throws -> Books {
        let apiKey =
            try await api.require(
                """
                mutation($name: String!) {
                  answer: createTenant(input: {name: $name}) { code message apiKey } }
                """, ["name": .string(name)], apiKey: operatorKey
            ).apiKey.text ?? ""
        var peers: [UUID] = []
        var asset: UUID?
        for number in 1...5 {
            let peer = try await api.require(
                Operation.createPeer, Operation.peer("test.peer\(number)"), apiKey: apiKey
            ).peer
            asset = peer.asset.id.text.flatMap(UUID.init(uuidString:))
            peers += [peer.id.text.flatMap(UUID.init(uuidString:))].compactMap { $0 }
        }
        guard let asset else { throw TortureError("a new peer has no asset") }
        let books = Books(apiKey: apiKey, asset: asset, peers: peers)
        for peer in peers {
            let deposit = Operation(
                kind: .depositToPeer, books: books, id: random.uuid(), credit: peer,
                amount: 1_000_000_000_000, idempotencyKey: nil)
            _ = try await api.require(deposit.document, deposit.variables, apiKey: apiKey)
            journal.add(Record(operation: deposit, verdict: .acknowledged, epoch: 0))
        }
        return books
    }

    /// A port of 127.0.0.1 on which nobody listens just now.
    private static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 20_000..<32_000)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let isFree = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isFree { return port }
        }
        throw TortureError("no free port on 127.0.0.1 can be found")
    }
}
