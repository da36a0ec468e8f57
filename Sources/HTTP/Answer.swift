import HTTPTypes
import Hummingbird
import NIOCore

/// An answer before it is written: what every route returns.
struct Answer: Sendable {
    var status: HTTPResponse.Status
    /// Nil for an answer without a body.
    var contentType: String?
    var body: [UInt8]
    var headers = HTTPFields()
    /// The connection ends after this answer, because the rest of the request is not read.
    var closesConnection = false
    /// The body holds no secret, and may be compressed.
    var isCompressible = false
    /// Writes the body bit by bit, in place of `body`.
    var stream: Stream?

    typealias Stream =
        @concurrent @Sendable (inout any ResponseBodyWriter, any Channel) async throws -> Void

    /// A plain JSON answer, for what is not GraphQL.
    static func json(_ status: HTTPResponse.Status, _ body: String) -> Answer {
        Answer(
            status: status, contentType: ResponseMediaType.json.contentType, body: Array(body.utf8))
    }

    /// An answer of one error in the shape that GraphQL gives it.
    static func refusal(
        _ status: HTTPResponse.Status, _ code: RefusalCode, _ message: String,
        as mediaType: ResponseMediaType = .json, requestID: String? = nil
    ) -> Answer {
        var body = #"{"errors":[{"message":"#
        body.appendJSONString(message)
        body += #","extensions":{"code":"#
        body.appendJSONString(code.rawValue)
        if let requestID {
            body += #","requestId":"#
            body.appendJSONString(requestID)
        }
        body += "}}]}"
        return Answer(
            status: status, contentType: mediaType.contentType, body: Array(body.utf8))
    }

    /// The same answer with one more header.
    func with(_ name: HTTPField.Name, _ value: String) -> Answer {
        var answer = self
        answer.headers[name] = value
        return answer
    }

    /// The same answer, after which the connection ends.
    func closingConnection() -> Answer {
        var answer = self
        answer.closesConnection = true
        return answer
    }
}

/// The `extensions.code` of answers that the transport gives itself.
enum RefusalCode: String, Sendable {
    case badRequest = "BAD_REQUEST"
    case unauthenticated = "UNAUTHENTICATED"
    case notFound = "NOT_FOUND"
    case methodNotAllowed = "METHOD_NOT_ALLOWED"
    case notAcceptable = "NOT_ACCEPTABLE"
    case requestTimeout = "REQUEST_TIMEOUT"
    case contentTooLarge = "PAYLOAD_TOO_LARGE"
    case unsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
    case tooManyRequests = "TOO_MANY_REQUESTS"
    case persistedQueryNotFound = "PERSISTED_QUERY_NOT_FOUND"
    case persistedQueryNotSupported = "PERSISTED_QUERY_NOT_SUPPORTED"
    case documentNotTrusted = "DOCUMENT_NOT_TRUSTED"
    case internalServerError = "INTERNAL_SERVER_ERROR"
    case serviceUnavailable = "SERVICE_UNAVAILABLE"
}

extension String {
    /// Appends the text as a JSON string, quotes included.
    mutating func appendJSONString(_ text: String) {
        append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }
}
