package import Postgres

/// Why a server is not read from.
package enum StandbyProblem: Error, CustomStringConvertible {
    case cannotBeReached(any Error)
    case doesNotAnswer
    case takesWrites
    case isOfAnotherDatabase
    case isOnAnotherTimeline(Int32, primary: Int32)
    case hasUnfitRole([RoleProblem])
    case hasOtherSchema
    case lags(Duration)

    package var description: String {
        switch self {
        case .cannotBeReached(let error): "\(error)"
        case .doesNotAnswer: "it does not answer"
        case .takesWrites: "it is no standby, since it takes writes"
        case .isOfAnotherDatabase: "it is a copy of another database"
        case .isOnAnotherTimeline(let own, let primary):
            "it is on timeline \(own), and the primary on \(primary)"
        case .hasUnfitRole(let problems):
            "tenants could not be kept apart: "
                + problems.map(\.description).joined(separator: "; ")
        case .hasOtherSchema: "its schema is not yet that of this version"
        case .lags(let duration): "it lags by \(duration.components.seconds) s"
        }
    }

    /// What stays as it is until somebody changes the settings.
    package var isOfSettings: Bool {
        if case .hasUnfitRole = self { true } else { false }
    }
}

extension StandbyProblem {
    /// Whether tenants are kept apart on the pool's server, and it has this version's schema.
    package static func checkContents(of pool: Pool) async throws {
        let problems = try await ServerRole.problems(pool)
        guard problems.isEmpty else { throw StandbyProblem.hasUnfitRole(problems) }
        switch try await SchemaVersion.state(pool) {
        case .current, .newerCompatible: return
        case .behind, .incompatible: throw StandbyProblem.hasOtherSchema
        }
    }

    /// Where the pool's server is, if it follows the primary.
    package static func checkPlace(
        of pool: Pool, behind primary: LogPlace
    ) async throws -> LogPlace {
        guard let place = try await LogPlace.ofStandby(pool) else {
            throw StandbyProblem.takesWrites
        }
        guard place.database == primary.database else { throw StandbyProblem.isOfAnotherDatabase }
        guard place.timeline == primary.timeline else {
            throw StandbyProblem.isOnAnotherTimeline(place.timeline, primary: primary.timeline)
        }
        return place
    }
}
