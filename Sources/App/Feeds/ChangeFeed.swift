import Foundation
import Logging
import Synchronization

/// Gives the states of single things of tenants, such as payments, to those who follow them. For
/// each tenant that somebody listens to, one task of this process reads all that is followed there
/// in one statement; with no listener nothing is read.
final class ChangeFeed<Item: Sendable>: Sendable {
    private struct Listener {
        let subject: UUID
        var version: String
        /// Gives the state to who listens, and ends it if no other follows.
        let tell: @Sendable (Item) -> Void
    }

    private struct Channel {
        var listeners: [UInt64: Listener] = [:]
        let signal: WakeSignal
        let task: Task<Void, Never>
    }

    private struct State {
        var channels: [TenantID: Channel] = [:]
        var lastID: UInt64 = 0
    }

    private static var pause: Duration { .milliseconds(500) }
    /// How many states a listener may be behind.
    private static var maximumBacklog: Int { 100 }

    private let read: @Sendable ([UUID], TenantID) async throws -> [UUID: Item]
    private let version: @Sendable (Item) -> String
    private let isFinal: @Sendable (Item) -> Bool
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - read: the items of these ids, as they are now.
    ///   - version: a text that changes whenever an item does.
    ///   - isFinal: whether an item will not change any more.
    init(
        logger: Logger, version: @escaping @Sendable (Item) -> String,
        isFinal: @escaping @Sendable (Item) -> Bool,
        read: @escaping @Sendable ([UUID], TenantID) async throws -> [UUID: Item]
    ) {
        self.logger = logger
        self.version = version
        self.isFinal = isFinal
        self.read = read
    }

    /// The item as it is, and after every change until its last one. Changes that follow each other
    /// closely may come as one.
    func states<Element: Sendable>(
        of subject: UUID, _ item: Item, tenant: TenantID,
        as make: @escaping @Sendable (Item) -> Element
    ) -> AsyncThrowingStream<Element, any Error> {
        let (stream, continuation) = AsyncThrowingStream<Element, any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.maximumBacklog))
        let tell: @Sendable (Item) -> Void = { [isFinal] item in
            if case .dropped = continuation.yield(make(item)) {
                continuation.finish(throwing: EventFeed.FellBehind())
            }
            if isFinal(item) { continuation.finish() }
        }
        tell(item)
        guard !isFinal(item) else { return stream }
        let id = add(
            Listener(subject: subject, version: version(item), tell: tell), tenant: tenant)
        continuation.onTermination = { [weak self] _ in self?.remove(id, of: tenant) }
        return stream
    }

    func wake(_ tenant: TenantID) {
        state.withLock { $0.channels[tenant]?.signal }?.wake()
    }

    /// How many tenants are listened to, for tests.
    var count: Int { state.withLock { $0.channels.count } }

    private func add(_ listener: Listener, tenant: TenantID) -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            if state.channels[tenant] == nil {
                let signal = WakeSignal()
                state.channels[tenant] = Channel(
                    signal: signal,
                    task: RequestDeadline.outliving { await self.follow(tenant, signal) })
            }
            state.channels[tenant]?.listeners[state.lastID] = listener
            return state.lastID
        }
    }

    private func remove(_ id: UInt64, of tenant: TenantID) {
        let task = state.withLock { state -> Task<Void, Never>? in
            state.channels[tenant]?.listeners[id] = nil
            guard let channel = state.channels[tenant], channel.listeners.isEmpty else {
                return nil
            }
            state.channels[tenant] = nil
            return channel.task
        }
        task?.cancel()
    }

    private func follow(_ tenant: TenantID, _ signal: WakeSignal) async {
        var isFailing = false
        while !Task.isCancelled {
            do {
                let subjects = state.withLock { state in
                    Set((state.channels[tenant]?.listeners ?? [:]).values.map(\.subject))
                }
                tell(try await read(Array(subjects), tenant), tenant)
                isFailing = false
            } catch {
                if !isFailing, !Task.isCancelled {
                    logger.warning(
                        "States could not be followed, trying again",
                        metadata: ["error": "\(error)"])
                }
                isFailing = true
            }
            _ = await signal.wait(atMost: Self.pause)
        }
    }

    private func tell(_ items: [UUID: Item], _ tenant: TenantID) {
        // Told outside of the lock: ending a stream comes back here.
        let changed = state.withLock { state -> [(Listener, Item)] in
            var changed: [(Listener, Item)] = []
            for (id, listener) in state.channels[tenant]?.listeners ?? [:] {
                guard let item = items[listener.subject] else { continue }
                let version = version(item)
                guard version != listener.version else { continue }
                state.channels[tenant]?.listeners[id]?.version = version
                changed.append((listener, item))
            }
            return changed
        }
        for (listener, item) in changed { listener.tell(item) }
    }
}
