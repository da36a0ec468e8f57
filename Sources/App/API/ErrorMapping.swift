import GraphQL
import Logging

/// Turns what a field threw into what the caller sees: the one place that does.
func presentError(_ error: any Error, in context: RequestContext) -> GraphQLError {
    let presented = presented(error, in: context)
    context.observed?.note(RequestOutcome(graphQLCode: presented.code))
    return presented
}

private func presented(_ error: any Error, in context: RequestContext) -> GraphQLError {
    switch error {
    case let error as GraphQLError:
        return error
    case let error as any DomainError:
        return GraphQLError(error.message, code: graphQLCode(error.code))
    case is CancellationError:
        return GraphQLError("The request was cancelled", code: "CANCELLED")
    case let error where isUnavailability(error):
        context.logger.error("Database unavailable", metadata: ["error": "\(error)"])
        return GraphQLError(
            "The database is unavailable, try again", code: "SERVICE_UNAVAILABLE")
    default:
        context.logger.error("Field failed", metadata: ["error": "\(error)"])
        return GraphQLError(
            "Internal server error (request id \(context.requestID))",
            code: "INTERNAL_SERVER_ERROR")
    }
}

/// The `extensions.code` of a query's error for the code that a mutation would answer.
func graphQLCode(_ code: String) -> String {
    switch code {
    case "401": "UNAUTHENTICATED"
    case "403": "FORBIDDEN"
    case "404": "NOT_FOUND"
    case "409": "CONFLICT"
    case "429": "TOO_MANY_REQUESTS"
    case "503": "SERVICE_UNAVAILABLE"
    default: "BAD_USER_INPUT"
    }
}
