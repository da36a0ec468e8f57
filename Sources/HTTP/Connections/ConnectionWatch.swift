import NIOCore
import Synchronization

/// Notices on a connection what no route sees: that the client has gone while its answer is still
/// being made, and that it does not take what it is sent.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    /// A client whose answer waits to be sent has to take this much of it, in bytes, in each
    /// period; otherwise its connection is closed, however large the answer is.
    private static let leastProgress = 65_536

    let departure = Departure()
    private let period: TimeAmount
    private var check: Scheduled<Void>?

    /// - Parameter period: how long a client may take nothing.
    init(period: TimeAmount) {
        self.period = period
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { departure.happen() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        departure.happen()
        stopChecking()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopChecking()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            stopChecking()
        } else if check == nil {
            scheduleCheck(context, waiting: Self.waitingBytes(context))
        }
        context.fireChannelWritabilityChanged()
    }

    private func scheduleCheck(_ context: ChannelHandlerContext, waiting: Int) {
        check = context.eventLoop.assumeIsolated().scheduleTask(in: period) {
            let left = Self.waitingBytes(context)
            if left > waiting - Self.leastProgress {
                context.close(promise: nil)
            } else {
                self.scheduleCheck(context, waiting: left)
            }
        }
    }

    private func stopChecking() {
        check?.cancel()
        check = nil
    }

    private static func waitingBytes(_ context: ChannelHandlerContext) -> Int {
        let bytes = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        return bytes ?? Int.max
    }
}

@available(*, unavailable)
extension ConnectionWatch: Sendable {}

/// That a client has closed its connection, or its side of it.
final class Departure: Sendable {
    private struct State {
        var isGone = false
        var nextID = 0
        var listeners: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    /// Calls `body` when the client leaves, at once if it has left already.
    /// - Returns: what `forget` takes.
    func notify(_ body: @escaping @Sendable () -> Void) -> Int {
        let (id, isGone) = state.withLock { state in
            state.nextID += 1
            if !state.isGone { state.listeners[state.nextID] = body }
            return (state.nextID, state.isGone)
        }
        if isGone { body() }
        return id
    }

    func forget(_ id: Int) {
        state.withLock { $0.listeners[id] = nil }
    }

    fileprivate func happen() {
        let bodies = state.withLock { state in
            state.isGone = true
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for body in bodies { body() }
    }

    /// The one of a connection.
    static func of(_ channel: any Channel) async throws -> Departure {
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: ConnectionWatch.self).departure
        }.get()
    }
}
