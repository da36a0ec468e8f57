import App
import Postgres

extension CommandFailure {
    /// What went wrong with the database, in words for the person who runs the command.
    /// - Parameter task: what could not be done, to follow "cannot".
    init(_ error: any Error, doing task: String, variable: String = "DATABASE_URL") {
        switch error {
        case let failure as CommandFailure:
            self = failure
        case let failure as DatabaseSetup.Failure:
            self.init("cannot \(task): \(failure.description)")
        case let error as PostgresError where error.isUnavailable:
            self.init(
                "cannot \(task): \(error.message.firstLine)",
                remedy: "Check that PostgreSQL runs and that \(variable) has the right host, port,"
                    + " role, password and database; 'hazina migrate' makes the server's role.",
                code: .unavailable)
        case let error as PostgresError:
            self.init("cannot \(task): \(error.description)")
        default:
            self.init("cannot \(task): \(error)")
        }
    }
}

extension String {
    /// The text up to its first line break.
    var firstLine: String { prefix { !$0.isNewline }.description }
}
