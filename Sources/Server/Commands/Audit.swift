import ArgumentParser
import Foundation
import Ledger
import Logging
import Postgres

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that all money in the ledger is accounted for.",
        discussion: """
            Connects with DATABASE_URL and checks every tenant's accounts and transfers, while \
            servers run. It writes each finding and a summary, and ends with 0 when there is \
            nothing to find, 1 when there is, and 69 when the database cannot be reached.
            """)

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let settings = try Settings(environment: environment, for: .doctor)
        guard let database = settings.database.url else {
            throw CommandFailure("DATABASE_URL is needed", code: .configuration)
        }
        var configuration = PoolConfiguration(url: database.text, size: 1)
        configuration.applicationName = "hazina audit"
        let logger = Logger(label: "hazina") { _ in SwiftLogNoOpLogHandler() }
        let pool = Pool(configuration, logger: logger)
        let hasFindings: Bool
        do {
            try await pool.start()
            hasFindings = try await audit(LedgerAudit(pool: pool))
        } catch {
            await pool.shutdown()
            throw CommandFailure(error, doing: "audit the ledger")
        }
        await pool.shutdown()
        if hasFindings { throw ExitCode(1) }
    }

    /// - Returns: whether anything was found.
    private func audit(_ audit: LedgerAudit) async throws -> Bool {
        var (tenants, accounts, transfers, findings) = (0, 0, 0, 0)
        var last: UUID?
        while true {
            let page = try await audit.tenants(after: last)
            for tenant in page {
                let report = try await audit.report(on: tenant)
                tenants += 1
                accounts += report.accounts
                transfers += report.transfers
                findings += report.findings.count
                for finding in report.findings {
                    Console.out(
                        "tenant \(finding.tenant.uuidString.lowercased()), "
                            + "\(finding.subject.uuidString.lowercased()): broken: "
                            + "\(finding.rule): \(finding.detail)")
                }
            }
            guard let end = page.last else { break }
            last = end
        }
        Console.out(
            "\(findings == 0 ? "The ledger is sound" : "\(findings) finding(s)"): "
                + "\(tenants) tenant(s), \(accounts) account(s), \(transfers) transfer(s).")
        return findings > 0
    }
}
