import Foundation
import Postgres

/// What a run has shown, printed in the end.
struct Judgement {
    let cluster: Cluster
    let journal: Journal
    let population: Population
    let faults: [Fault]
    let limit: Duration
    let auditLog: String

    /// - Parameter audit: runs the server's own audit, with its output into a file.
    /// - Returns: whether nothing was wrong.
    func pass(audit: (String) async throws -> Void) async throws -> Bool {
        let connection = try await DirectConnection.open(url: cluster.adminURL)
        defer { connection.close() }
        let inquest = try await ledgerInquest(connection)
        let payments = try await paymentInquest(connection)
        let tallies = inquest.tallies.merging(payments.tallies) { one, other in
            var sum = one
            sum.add(other)
            return sum
        }
        let report = Report(
            injections: journal.injections, tallies: tallies, faults: faults, limit: limit)
        say(report.text)
        say(payments.summary)
        let silences = journal.silences.sorted { $0.value > $1.value }
        for (reason, count) in silences.prefix(12) { say("no outcome, \(count) times: \(reason)") }
        let problems =
            inquest.problems + payments.problems + journal.complaints + report.delays
        for problem in problems.prefix(50) { say("- " + problem) }
        var isSound = problems.isEmpty && !report.hasLoss
        do {
            try await audit(auditLog)
        } catch {
            isSound = false
        }
        say(ChildProcess.read(auditLog)?.trimmingCharacters(in: .newlines) ?? "no audit")
        return isSound
    }

    private func ledgerInquest(_ connection: DirectConnection) async throws -> Inquest {
        let repository = FinalStateRepository(connection: connection)
        let tenants = population.books.map(\.tenant)
        let (balances, settlements) = try await repository.balances(of: tenants)
        var inquest = Inquest(
            transfers: try await repository.transfers(of: tenants), settlements: settlements,
            peers: try await repository.peers())
        inquest.examine(journal.records)
        inquest.compare(with: balances)
        return inquest
    }

    private func paymentInquest(_ connection: DirectConnection) async throws -> PaymentInquest {
        let repository = PaymentStateRepository(
            connection: connection, tenants: Array(Set(population.holders.map(\.tenant))))
        var inquest = try await PaymentInquest(repository)
        inquest.examine(journal.steps)
        inquest.examinePayments()
        inquest.compare(with: try await repository.pots(), liquidity: population.liquidity)
        return inquest
    }
}
