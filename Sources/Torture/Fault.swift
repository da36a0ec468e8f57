import Foundation
import TestSupport

/// What happens to the processes.
enum Fault: String, CaseIterable, Sendable {
    case server = "server killed"
    case postmaster = "PostgreSQL's first process killed"
    case database = "all of PostgreSQL killed"
    case backend = "a connection's process killed"
    case both = "server and PostgreSQL killed"
}

/// Injects faults one after the other, each when the last one is overcome.
struct Saboteur {
    let cluster: Cluster
    let server: ServerProcess
    let journal: Journal
    var random: SeededRandom
    private static let patience = Duration.seconds(60)

    init(cluster: Cluster, server: ServerProcess, journal: Journal, random: SeededRandom) {
        self.cluster = cluster
        self.server = server
        self.journal = journal
        self.random = random
    }

    /// - Throws: `TortureError` if the server does not recover.
    mutating func run(for duration: Duration) async throws {
        let end = ContinuousClock.now.advanced(by: duration)
        var faults: [Fault] = []
        while true {
            try await pause(200...1200)
            if ContinuousClock.now >= end { return }
            if faults.isEmpty { faults = Fault.allCases.shuffled(using: &random) }
            let fault = faults.removeLast()
            try await inject(fault)
            try await awaitRecovery(of: fault)
        }
    }

    private mutating func inject(_ fault: Fault) async throws {
        journal.add(fault)
        switch fault {
        case .server:
            await server.killAndWait()
            try await pause(0...300)
            try await server.start()
        case .postmaster:
            await cluster.killPostmaster()
            try await pause(0...500)
            try await cluster.start()
        case .database:
            await cluster.killAll()
            try await pause(0...500)
            try await cluster.start()
        case .backend:
            cluster.killOneBackend(&random)
        case .both:
            await cluster.killAll()
            await server.killAndWait()
            try await pause(0...300)
            // Half of the time it looks for its database in vain.
            if random.chance(50) { try await server.start() }
            try await cluster.start()
        }
    }

    private func awaitRecovery(of fault: Fault) async throws {
        let end = ContinuousClock.now.advanced(by: Self.patience)
        while !journal.isRecovered {
            try await server.startIfNeeded()
            try await Task.sleep(for: .milliseconds(20))
            guard ContinuousClock.now < end else {
                throw TortureError("\(fault.rawValue): nothing is acknowledged a minute later")
            }
        }
    }

    private mutating func pause(_ milliseconds: ClosedRange<Int>) async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: milliseconds, using: &random)))
    }
}
