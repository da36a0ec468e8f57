import GraphQL
import Hummingbird
import Logging
import NIOCore

/// A subscription on its way to a client as server-sent events: "distinct connections mode" of
/// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
struct EventStream<Context: Sendable>: Sendable {
    /// Whether who opened the stream may still read it.
    enum Standing: Sendable {
        case valid
        /// The key or session has been revoked, or has run out.
        case revoked
        /// It cannot be found out now.
        case unknown
    }

    /// Why a stream ended, for the log.
    private enum End: String {
        case exhausted = "no more events"
        case clientGone = "client gone"
        case stopping = "server stops"
        case revoked = "credential no longer valid"
        case unverified = "credential cannot be checked"
        case cancelled = "cancelled"
    }

    private enum Signal: Sendable {
        case response(GraphQL.Response)
        case exhausted
        case tick
        case clientGone
        case stopping
    }

    let responses: ResponseStream<Context>
    let place: OpenStreams.Place
    let keepAlive: Duration
    /// Asked before each event and each comment that keeps the connection open, so that a stream
    /// does not outlive its credential.
    let standing: @Sendable () async -> Standing
    let logger: Logger

    /// Writes until there are no more events, the client goes, or the server stops. At most one
    /// event is held here; while the client takes none, the source is asked for none.
    @concurrent
    func write(
        to writer: inout any ResponseBodyWriter, on channel: any Channel
    ) async throws {
        let started = ContinuousClock.now
        let (signals, source) = AsyncStream<Signal>.makeStream()
        let departure = try await Departure.of(channel)
        let notice = departure.notify { source.yield(.clientGone) }
        defer { departure.forget(notice) }
        place.onStop { source.yield(.stopping) }
        var count = 0
        var end = End.clientGone
        do {
            end = try await relay(signals, from: source, to: &writer, &count)
        } catch {
            logger.debug("stream broken", metadata: ["error": .string("\(error)")])
        }
        logger.info(
            "stream ended",
            metadata: [
                "reason": .string(end.rawValue), "events": .stringConvertible(count),
                "seconds": .stringConvertible((ContinuousClock.now - started).components.seconds),
            ])
        if end == .clientGone {
            channel.close(promise: nil)
            return
        }
        try await writer.write(ServerSentEvent.complete)
        try await writer.finish(nil)
    }

    @concurrent
    private func relay(
        _ signals: AsyncStream<Signal>, from source: AsyncStream<Signal>.Continuation,
        to writer: inout any ResponseBodyWriter, _ count: inout Int
    ) async throws -> End {
        let (taken, acknowledge) = AsyncStream<Void>.makeStream()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { await pump(into: source, taken) }
            group.addTask {
                while true {
                    try await Task.sleep(for: keepAlive)
                    source.yield(.tick)
                }
            }
            // What comes before the first event tells the client that the stream is open.
            try await writer.write(ServerSentEvent.comment)
            for await signal in signals {
                if let end = try await handle(signal, &writer, &count) { return end }
                if case .response = signal { acknowledge.yield() }
            }
            return End.cancelled
        }
    }

    /// Hands over one response after the other, each once the one before has been written.
    private func pump(
        into source: AsyncStream<Signal>.Continuation, _ taken: AsyncStream<Void>
    ) async {
        var acknowledgements = taken.makeAsyncIterator()
        for await response in responses {
            source.yield(.response(response))
            guard await acknowledgements.next() != nil else { return }
        }
        source.yield(.exhausted)
    }

    /// - Returns: why the stream ends with this signal, nil if it goes on.
    @concurrent
    private func handle(
        _ signal: Signal, _ writer: inout any ResponseBodyWriter, _ count: inout Int
    ) async throws -> End? {
        switch signal {
        case .exhausted: return .exhausted
        case .clientGone: return .clientGone
        case .stopping: return .stopping
        case .tick, .response: break
        }
        switch await standing() {
        case .valid: break
        case .revoked:
            try await writer.write(
                ServerSentEvent.next(
                    Answer.refusal(
                        .unauthorized, .unauthenticated,
                        "The key or session of this stream is no longer valid"
                    ).body))
            return .revoked
        case .unknown:
            try await writer.write(
                ServerSentEvent.next(
                    Answer.refusal(
                        .serviceUnavailable, .serviceUnavailable,
                        "The server cannot reach its database, subscribe again"
                    ).body))
            return .unverified
        }
        guard case .response(let response) = signal else {
            try await writer.write(ServerSentEvent.comment)
            return nil
        }
        try await writer.write(ServerSentEvent.next(response.body))
        count += 1
        return nil
    }
}

/// The texts of which an event stream consists
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
enum ServerSentEvent {
    static let contentType = "text/event-stream; charset=utf-8"

    /// A line that clients skip.
    static let comment = ByteBuffer(string: ":\n\n")

    /// Clients dispatch an event only if it has data, even if that is empty.
    static let complete = ByteBuffer(string: "event: complete\ndata: \n\n")

    /// - Parameter body: an execution result as JSON, which has no line breaks.
    static func next(_ body: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(body.count + 24)
        buffer.writeString("event: next\ndata: ")
        buffer.writeBytes(body)
        buffer.writeString("\n\n")
        return buffer
    }

    /// What answers an operation that has one result.
    static func whole(_ body: [UInt8]) -> [UInt8] {
        var buffer = next(body)
        buffer.writeImmutableBuffer(complete)
        return Array(buffer.readableBytesView)
    }
}
