import Foundation
import Testing

/// A short run of `make torture`; `HAZINA_SEED=7` makes it that of that seed.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["HAZINA_TEST_DATABASE_URL"] != nil,
        "needs PostgreSQL's programs, as scripts/with-postgres puts them into PATH"),
    .timeLimit(.minutes(5)))
struct TortureTests {
    @Test func `nothing acknowledged is lost or doubled when processes are killed under load`()
        async throws
    {
        let seed = ProcessInfo.processInfo.environment["HAZINA_SEED"]
        let process = try HazinaProcess(
            [
                "--hazina", HazinaProcess.path(of: "hazina"), "--seconds", "8", "--callers", "16",
                // How fast it recovers depends on what else the machine does.
                "--faults", "kills", "--recovery", "60",
                "--seed", seed ?? "\(UInt64.random(in: 1...999_999))",
            ], program: "Torture")
        let outcome = await process.end()
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.output.contains("The ledger is sound"))
    }
}
