import App
import Foundation
import Logging
import Postgres

/// The checks of `doctor` that ask the database, as the server's role.
struct DatabaseChecks {
    let url: ConnectionURL
    let settings: DatabaseSettings

    /// The oldest PostgreSQL that is supported, as libpq counts versions.
    static let oldestVersion = 150_000
    /// How far the clocks may be apart, in seconds.
    static let largestSkew = 5.0

    func run() async -> [Finding] {
        let connection: DirectConnection
        do {
            connection = try await DirectConnection.open(
                url: url.text, applicationName: "hazina doctor")
        } catch {
            let failure = CommandFailure(error, doing: "connect")
            return [Finding("connection", .failure(failure.message, remedy: failure.remedy))]
        }
        defer { connection.close() }
        let facts = DatabaseFactsRepository(connection: connection)
        var findings = [Self.version(connection.serverVersion)]
        findings += await poolChecks()
        findings.append(await check("row security") { try await rowSecurity(facts) })
        findings.append(await check("clock") { try await clock(facts) })
        findings.append(await check("pool size") { try await poolSize(facts) })
        return findings
    }

    /// Runs a check; whatever it throws is its failure.
    private func check(
        _ name: String, _ body: () async throws -> Finding.Verdict
    ) async -> Finding {
        do {
            return Finding(name, try await body())
        } catch {
            let failure = CommandFailure(error, doing: "check this")
            return Finding(name, .failure(failure.message, remedy: failure.remedy))
        }
    }

    static func version(_ version: Int) -> Finding {
        let shown = "\(version / 10_000).\(version % 10_000)"
        return version >= oldestVersion
            ? Finding("connection", .ok("PostgreSQL \(shown)"))
            : Finding(
                "connection",
                .failure("PostgreSQL \(shown) is too old", remedy: "Use PostgreSQL 15 or newer."))
    }

    /// Role and schema version, which are asked in the way that the server asks them.
    private func poolChecks() async -> [Finding] {
        let logger = Logger(label: "hazina") { _ in SwiftLogNoOpLogHandler() }
        var configuration = PoolConfiguration(url: url.text, size: 1)
        configuration.preparedStatements = settings.preparedStatements
        let pool = Pool(configuration, logger: logger)
        do {
            try await pool.start()
        } catch {
            let failure = CommandFailure(error, doing: "connect")
            return [Finding("role", .failure(failure.message, remedy: failure.remedy))]
        }
        let findings = [
            await check("role") {
                let problems = try await ServerRole.problems(pool)
                guard !problems.isEmpty else { return .ok("row-level security binds it") }
                return .failure(
                    problems.map(\.description).joined(separator: "; "),
                    remedy: ServerRun.roleRemedy)
            },
            await check("schema") { try await schema(pool) },
        ]
        await pool.shutdown()
        return findings
    }

    private func schema(_ pool: Pool) async throws -> Finding.Verdict {
        switch try await SchemaVersion.state(pool) {
        case .current:
            .ok("version \(SchemaVersion.required), as this program needs it")
        case .newerCompatible:
            .ok("newer than this program, and compatible")
        case .behind(let missing):
            .failure("\(missing.count) migration(s) are missing", remedy: "Run 'hazina migrate'.")
        case .incompatible(let reason):
            .failure(reason, remedy: "Use a version of this program that fits the database.")
        }
    }

    private func rowSecurity(_ facts: DatabaseFactsRepository) async throws -> Finding.Verdict {
        let open = try await facts.unprotectedTables(schema: DatabaseSetup.schema)
        guard open.isEmpty else {
            return .failure(
                "not in force on \(open.joined(separator: ", "))",
                remedy: "Run as the owner: alter table ... enable row level security,"
                    + " force row level security.")
        }
        let count = try await facts.protectedTableCount(schema: DatabaseSetup.schema)
        return count == 0
            ? .failure("there are no tables yet", remedy: "Run 'hazina migrate'.")
            : .ok("in force on \(count) tables")
    }

    private func clock(_ facts: DatabaseFactsRepository) async throws -> Finding.Verdict {
        let before = Date().timeIntervalSince1970
        let database = try await facts.clock()
        let after = Date().timeIntervalSince1970
        return Self.skew(database: database, before: before, after: after)
    }

    /// Compares the clocks; the time of the round trip is in doubt, and counts for neither side.
    static func skew(database: Double, before: Double, after: Double) -> Finding.Verdict {
        let skew = max(0, before - database, database - after)
        let shown = "\((skew * 1000).rounded() / 1000) s"
        return skew <= largestSkew
            ? .ok("differs from the database's by \(shown)")
            : .failure(
                "differs from the database's by \(shown)",
                remedy: "Let both machines set their clocks by NTP.")
    }

    private func poolSize(_ facts: DatabaseFactsRepository) async throws -> Finding.Verdict {
        let limit = try await facts.connectionLimit()
        guard settings.poolSize <= limit else {
            return .failure(
                "\(settings.poolSize) connections are wanted, \(limit) are allowed",
                remedy: "Lower HAZINA_POOL_SIZE, or raise max_connections or the role's limit.")
        }
        return .ok("\(settings.poolSize) of \(limit) connections, for each server process")
    }
}
