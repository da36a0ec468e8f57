import Hummingbird
import NIOCore

/// Reads request bodies within bounds of size and time.
struct RequestBodyReader: Sendable {
    enum Outcome {
        case complete([UInt8])
        /// More than the limit was announced or sent; the rest was not read.
        case tooLarge
        /// The client took too long over it.
        case tooSlow
    }

    /// In bytes.
    var limit: Int
    /// How long a whole body may take. A client that sends nothing at all is ended by the
    /// connection's idle time-out; this one is for those that drip.
    var deadline: Duration

    func read(_ request: Request) async throws -> Outcome {
        if let announced = request.headers[.contentLength], let length = Int(announced),
            length > limit
        {
            return .tooLarge
        }
        var bytes: [UInt8] = []
        var started: ContinuousClock.Instant?
        for try await part in request.body {
            guard part.readableBytes <= limit - bytes.count else { return .tooLarge }
            bytes.append(contentsOf: part.readableBytesView)
            if let started {
                if ContinuousClock.now - started > deadline { return .tooSlow }
            } else {
                started = ContinuousClock.now
            }
        }
        return .complete(bytes)
    }
}
