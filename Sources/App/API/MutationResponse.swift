import Logging
package import GraphQL

/// The answer of every mutation: a code, what it means, and what was made.
package struct MutationResponse: Sendable {
    /// An HTTP status as text; `"200"` is the one success.
    package let code: String
    package let message: String
    /// The members beyond code, success and message, by field name.
    package let fields: [String: Resolved]
    /// Id of what it was about, where no object among the members tells.
    let concerning: String?
    /// What the mutation was given, for answers that repeat it.
    private(set) var arguments = Arguments()

    package init(
        code: String, message: String, fields: [String: Resolved] = [:], concerning: String? = nil
    ) {
        self.code = code
        self.message = message
        self.fields = fields
        self.concerning = concerning
    }

    package static func success(
        _ message: String, _ fields: [String: Resolved] = [:], concerning: String? = nil
    ) -> Self {
        MutationResponse(code: "200", message: message, fields: fields, concerning: concerning)
    }

    package var success: Bool { code == "200" }

    func answering(_ arguments: Arguments) -> MutationResponse {
        var response = self
        response.arguments = arguments
        return response
    }
}

extension Resolvers<RequestContext> {
    /// Binds the type of a mutation's answer.
    /// - Parameter echoed: fields that repeat an argument, whatever came of the mutation.
    mutating func response(_ name: String, fields: [String] = [], echoing echoed: [String] = []) {
        type(name, of: MutationResponse.self) { type in
            type.field("code") { .string($0.code) }
            type.field("success") { .bool($0.success) }
            type.field("message") { .string($0.message) }
            for field in fields {
                type.field(field) { response in response.fields[field] ?? .null }
            }
            for field in echoed {
                type.field(field) { response in .optional(response.arguments[field]?.text) }
            }
        }
    }

    /// Binds a mutation: what the caller did wrong is its answer, what we did wrong is logged once
    /// and answered with `failure` and the request's id.
    mutating func mutation(
        _ name: String, failure: String,
        _ perform: @escaping @Sendable (Arguments, RequestContext) async throws -> MutationResponse
    ) {
        mutation(name) { (arguments: Arguments, context: RequestContext) in
            let response: MutationResponse
            do {
                response =
                    if let audit = context.audit {
                        try await audit.perform(name, arguments, in: context, perform)
                    } else {
                        try await perform(arguments, context)
                    }
            } catch let error as any DomainError {
                response = MutationResponse(code: error.code, message: error.message)
            } catch let error as CancellationError {
                throw error
            } catch {
                response = unexpected(error, failure, in: context, mutation: name)
            }
            context.outcome?.record(response.code)
            context.observed?.note(RequestOutcome(mutationCode: response.code))
            if response.code == "503" { context.observed?.noteUnavailable() }
            return .object(response.answering(arguments))
        }
    }
}

private func unexpected(
    _ error: any Error, _ failure: String, in context: RequestContext, mutation: String
) -> MutationResponse {
    if isUnknownOutcome(error) {
        context.logger.error(
            "Mutation's outcome unknown",
            metadata: ["mutation": "\(mutation)", "error": "\(error)"])
        return MutationResponse(
            code: "500",
            message: "\(failure): the database was lost while it committed; look whether it was "
                + "carried out before you try again (request id \(context.requestID))")
    }
    let isUnavailable = isUnavailability(error)
    context.logger.error(
        "Mutation failed", metadata: ["mutation": "\(mutation)", "error": "\(error)"])
    return MutationResponse(
        code: isUnavailable ? "503" : "500",
        message: isUnavailable
            ? "\(failure): the database is unavailable, try again"
            : "\(failure) (request id \(context.requestID))")
}
