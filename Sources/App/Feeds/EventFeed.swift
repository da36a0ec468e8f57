import Logging
import Postgres
import Synchronization

/// Gives events to those who follow a tenant's. For each tenant that somebody listens to, one task
/// of this process reads what was written since; with no listener nothing is read.
package final class EventFeed: Sendable {
    typealias Event = StoredWebhookEvent

    private struct Listener {
        /// Gives the event to who listens, if it is wanted there.
        let tell: @Sendable (Event, _ transaction: UInt64) -> Void
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

    /// How often the events are looked at, which those of other processes wait for.
    private static let pause = Duration.milliseconds(500)
    /// How soon after a wake-up, since the transaction that woke may not yet be the oldest.
    private static let settlingPause = Duration.milliseconds(20)
    private static let batch = 200
    /// How many events a listener may be behind.
    private static let maximumBacklog = 2000

    private let events: WebhookEventRepository
    private let logger: Logger
    private let state = Mutex(State())

    init(events: WebhookEventRepository, logger: Logger) {
        self.events = events
        self.logger = logger
    }

    /// The tenant's events that are written from now on, in the order in which they become visible.
    /// It ends with an error when the listener falls behind.
    /// - Parameter pick: what becomes of an event in the stream; nil leaves it out.
    package func events<Element: Sendable>(
        of tenant: TenantID, _ pick: @escaping @Sendable (StoredWebhookEvent) -> Element?
    ) async throws -> AsyncThrowingStream<Element, any Error> {
        let start = try await events.snapshot(tenant: tenant)
        let (stream, continuation) = AsyncThrowingStream<Element, any Error>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.maximumBacklog))
        let listener = Listener { event, transaction in
            guard !start.shows(transaction), let element = pick(event) else { return }
            if case .dropped = continuation.yield(element) {
                continuation.finish(throwing: FellBehind())
            }
        }
        let id = state.withLock { state in
            state.lastID += 1
            let id = state.lastID
            // The task that is there reads from a place that is earlier still.
            if state.channels[tenant] == nil {
                let signal = WakeSignal()
                let place = WebhookEventRepository.Place(
                    transaction: start.oldestRunning, id: .lowest)
                state.channels[tenant] = Channel(
                    signal: signal,
                    task: RequestDeadline.outliving {
                        await self.read(tenant, from: place, signal)
                    })
            }
            state.channels[tenant]?.listeners[id] = listener
            return id
        }
        continuation.onTermination = { [weak self] _ in self?.remove(id, of: tenant) }
        return stream
    }

    func wake(_ tenant: TenantID) {
        state.withLock { $0.channels[tenant]?.signal }?.wake()
    }

    /// How many tenants are listened to, for tests.
    package var count: Int { state.withLock { $0.channels.count } }

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

    private func read(
        _ tenant: TenantID, from start: WebhookEventRepository.Place, _ signal: WakeSignal
    ) async {
        var place = start
        var isFailing = false
        while !Task.isCancelled {
            do {
                let batch = try await events.after(place, limit: Self.batch, tenant: tenant)
                isFailing = false
                for (event, itsPlace) in batch {
                    place = itsPlace
                    tell(tenant, event, itsPlace.transaction)
                }
                if batch.count == Self.batch { continue }
            } catch {
                if !isFailing, !Task.isCancelled {
                    logger.warning(
                        "Events could not be followed, trying again",
                        metadata: ["error": "\(error)"])
                }
                isFailing = true
            }
            if await signal.wait(atMost: Self.pause) {
                try? await Task.sleep(for: Self.settlingPause)
            }
        }
    }

    private func tell(_ tenant: TenantID, _ event: Event, _ transaction: UInt64) {
        let listeners = state.withLock { Array(($0.channels[tenant]?.listeners ?? [:]).values) }
        for listener in listeners { listener.tell(event, transaction) }
    }

    /// A listener that took events more slowly than they came.
    struct FellBehind: DomainError {
        let code = "429"
        let message = "Events came faster than they were taken: subscribe again"
    }
}
