import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes

/// Reads request bodies within bounds of size and time.
struct RequestBodyReader: Sendable {
    enum Outcome {
        case complete([UInt8])
        /// More than the limit was announced or sent; the rest was not read.
        case tooLarge
        /// The client took too long over it.
        case tooSlow
        /// The body is not compressed as its `Content-Encoding` says.
        case malformed
    }

    /// In bytes, of the body as it was sent and of what it is once it is decompressed.
    var limit: Int
    /// How long a whole body may take. A client that sends nothing at all is ended by the
    /// connection's idle time-out; this one is for those that drip.
    var deadline: Duration

    /// - Parameter channel: where a client is told to send its body, if it waits for that.
    func read(
        _ request: Request, _ coding: ContentCoding? = nil, on channel: any Channel
    ) async throws -> Outcome {
        if let announced = request.headers.value(of: .contentLength), let length = Int(announced),
            length > limit
        {
            return .tooLarge
        }
        // RFC 9110, section 10.1.1.
        if request.headers[.expect]?.lowercased() == "100-continue" {
            let goOn = HTTPResponsePart.head(HTTPResponse(status: .continue))
            try await channel.writeAndFlush(goOn)
        }
        let inflater = coding.map { Inflater($0, limit: limit) }
        var bytes: [UInt8] = []
        var received = 0
        var started: ContinuousClock.Instant?
        for try await part in request.body {
            guard part.readableBytes <= limit - received else { return .tooLarge }
            received += part.readableBytes
            if let inflater {
                switch inflater.feed(part.readableBytesView) {
                case .fine: break
                case .tooLarge: return .tooLarge
                case .malformed: return .malformed
                }
            } else {
                bytes.append(contentsOf: part.readableBytesView)
            }
            if let started {
                if ContinuousClock.now - started > deadline { return .tooSlow }
            } else {
                started = ContinuousClock.now
            }
        }
        guard let inflater else { return .complete(bytes) }
        return inflater.isComplete ? .complete(inflater.output) : .malformed
    }
}
