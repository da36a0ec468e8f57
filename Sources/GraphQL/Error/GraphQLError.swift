public import OrderedCollections

/// One entry of a response's `errors`
/// (https://spec.graphql.org/September2025/#sec-Errors).
public struct GraphQLError: Error, Sendable {
    /// One step from the root of the response to the field an error belongs to.
    public enum PathElement: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    /// What went wrong, for people.
    public var message: String
    /// Where in the request's document; empty when the error belongs to no place.
    public var locations: [SourceLocation]
    /// The response field the error belongs to, for errors of execution.
    public var path: [PathElement]?
    /// Facts for programs; `code` is always set by the engine's own errors.
    public var extensions: OrderedDictionary<String, Value>

    /// An error with `extensions.code`.
    public init(
        _ message: String, code: String, locations: [SourceLocation] = [],
        path: [PathElement]? = nil
    ) {
        self.message = Self.shortened(message)
        self.locations = locations
        self.path = path
        self.extensions = ["code": .string(code)]
    }

    /// Messages quote what was given, which can be as long as a request.
    private static let maxMessageBytes = 2_000

    private static func shortened(_ message: String) -> String {
        guard message.utf8.count > maxMessageBytes else { return message }
        var end = message.utf8.index(message.startIndex, offsetBy: maxMessageBytes)
        while end.samePosition(in: message.unicodeScalars) == nil {
            end = message.utf8.index(before: end)
        }
        return message[..<end] + "…"
    }

    /// The value of `extensions.code`, if it is a text.
    public var code: String? {
        if case .string(let code) = extensions["code"] { return code }
        return nil
    }
}

/// The codes that the engine itself puts in `extensions.code`.
public enum ErrorCode {
    /// The document's syntax is wrong.
    public static let parseFailed = "GRAPHQL_PARSE_FAILED"
    /// The document breaks a validation rule.
    public static let validationFailed = "GRAPHQL_VALIDATION_FAILED"
    /// A variable or argument has a value that its type does not admit.
    public static let badUserInput = "BAD_USER_INPUT"
    /// `operationName` is unknown, or missing where several operations stand in the document.
    public static let operationResolutionFailure = "OPERATION_RESOLUTION_FAILURE"
    /// The document asks for `__schema` or `__type` where introspection is off.
    public static let introspectionDisabled = "INTROSPECTION_DISABLED"
    /// The document exceeds one of the engine's limits.
    public static let documentTooComplex = "DOCUMENT_TOO_COMPLEX"
    /// The request is not of the form that GraphQL over HTTP gives it.
    public static let badRequest = "BAD_REQUEST"
    /// A resolver failed or gave a value that does not fit the field's type.
    public static let internalError = "INTERNAL_SERVER_ERROR"
}
