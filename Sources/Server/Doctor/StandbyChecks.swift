import App
import Logging
import Postgres

/// The check of `doctor` that asks the standby, as the server does.
struct StandbyChecks {
    let primary: ConnectionURL
    let standby: ConnectionURL
    let settings: DatabaseSettings

    func run() async -> Finding {
        do {
            let lag = try await withPool(primary) { primary in
                try await withPool(standby) { standby in
                    try await StandbyProblem.checkContents(of: standby)
                    return try await delay(of: standby, behind: primary)
                }
            }
            return Finding("standby", .ok("has what the primary had committed \(lag) ms ago"))
        } catch let problem as StandbyProblem {
            return Finding("standby", .failure("\(problem)", remedy: Self.remedy(problem)))
        } catch {
            let failure = CommandFailure(
                error, doing: "connect", variable: "HAZINA_READ_DATABASE_URL")
            return Finding("standby", .failure(failure.message, remedy: failure.remedy))
        }
    }

    /// How long it took, in milliseconds, until the standby had all that the primary had.
    private func delay(of standby: Pool, behind primary: Pool) async throws -> Int {
        let began = ContinuousClock.now
        let goal = try await LogPlace.ofPrimary(primary)
        while true {
            let place = try await StandbyProblem.checkPlace(of: standby, behind: goal)
            let passed = began.duration(to: .now)
            if place.position >= goal.position { return Int(passed / .milliseconds(1)) }
            if passed > .seconds(settings.readMaxLagSeconds) { throw StandbyProblem.lags(passed) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private static func remedy(_ problem: StandbyProblem) -> String? {
        switch problem {
        case .takesWrites, .isOfAnotherDatabase:
            "Let HAZINA_READ_DATABASE_URL lead to a hot standby of DATABASE_URL's server."
        case .hasUnfitRole: "Let HAZINA_READ_DATABASE_URL name the role that DATABASE_URL does."
        case .isOnAnotherTimeline:
            "Wait for its next restartpoint, or make the standby anew from the primary."
        case .hasOtherSchema, .lags: "Look at pg_stat_replication on the primary."
        case .cannotBeReached, .doesNotAnswer: nil
        }
    }

    private func withPool<Answer: Sendable>(
        _ url: ConnectionURL, _ body: (Pool) async throws -> Answer
    ) async throws -> Answer {
        var configuration = PoolConfiguration(url: url.text, size: 1)
        configuration.preparedStatements = settings.preparedStatements
        let pool = Pool(
            configuration, logger: Logger(label: "hazina") { _ in SwiftLogNoOpLogHandler() })
        do {
            try await pool.start()
            let answer = try await body(pool)
            await pool.shutdown()
            return answer
        } catch {
            await pool.shutdown()
            throw error
        }
    }
}
