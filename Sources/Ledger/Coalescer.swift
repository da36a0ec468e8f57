import DequeModule
package import Foundation
import Postgres
import Synchronization
package import Tracing

/// Gathers operations that come at the same time into batches, one transaction each.
///
/// There is no timer: a tenant's next batch is what has queued while its last one committed.
/// Tenants take turns, with one batch of each under way at a time: two of one tenant would wait for
/// each other's accounts.
package final class Coalescer<Operation: Sendable, Outcome: Sendable>: Sendable {
    /// Carries out a batch of a tenant, and gives one result an operation.
    package typealias Run =
        @Sendable (_ batch: [Operation], _ tenant: UUID) async -> [Result<
            Outcome, any Error
        >]

    private struct Waiting {
        let operation: Operation
        /// The span that waits; nil where nobody traces.
        let context: InstrumentationContext?
        /// When its request must have ended; nil for no such time.
        let deadline = Pool.deadline
        let continuation: CheckedContinuation<Outcome, any Error>
    }

    private struct State {
        var queues: [UUID: Deque<Waiting>] = [:]
        /// Tenants with operations queued and no batch under way, in the order of their turns.
        var turns: Deque<UUID> = []
        var busy: Set<UUID> = []
    }

    private let limit: Int
    private let concurrency: Int
    private let size: @Sendable (Operation) -> Int
    private let run: Run
    private let tracing: BatchTracing
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: how large one batch may be; one operation that is larger goes alone.
    ///   - concurrency: how many batches may be under way at once, over all tenants.
    ///   - tracer: who is told of operations and batches; nil for nobody.
    ///   - name: what their spans are called.
    ///   - size: what an operation counts for.
    package init(
        limit: Int, concurrency: Int, tracer: (any Tracer)? = nil, name: String = "group",
        size: @escaping @Sendable (Operation) -> Int = { _ in 1 },
        run: @escaping Run
    ) {
        self.limit = limit
        self.concurrency = max(1, concurrency)
        self.size = size
        self.run = run
        tracing = BatchTracing(tracer: tracer, name: name)
    }

    /// Waits for the outcome even when the task is cancelled: the operation may be under way.
    package func perform(_ operation: Operation, tenant: UUID) async throws -> Outcome {
        try await tracing.operation { try await perform(operation, tenant: tenant, in: $0) }
    }

    private func perform(
        _ operation: Operation, tenant: UUID, in context: InstrumentationContext?
    ) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            let waiting = Waiting(
                operation: operation, context: context, continuation: continuation)
            let next = state.withLock { state in
                if state.queues[tenant] == nil, !state.busy.contains(tenant) {
                    state.turns.append(tenant)
                }
                state.queues[tenant, default: []].append(waiting)
                return takeTurn(&state)
            }
            if let next { start(next) }
        }
    }

    private struct Turn {
        let tenant: UUID
        let batch: [Waiting]

        /// The last of its operations'; none where one of them has none.
        var deadline: ContinuousClock.Instant? {
            var latest: ContinuousClock.Instant?
            for waiting in batch {
                guard let deadline = waiting.deadline else { return nil }
                latest = latest.map { max($0, deadline) } ?? deadline
            }
            return latest
        }
    }

    /// The next batch, if one may start.
    private func takeTurn(_ state: inout State) -> Turn? {
        guard state.busy.count < concurrency, let tenant = state.turns.popFirst() else {
            return nil
        }
        var batch: [Waiting] = []
        var rows = 0
        while let next = state.queues[tenant]?.first {
            rows += size(next.operation)
            if !batch.isEmpty, rows > limit { break }
            batch.append(next)
            state.queues[tenant]?.removeFirst()
        }
        if state.queues[tenant]?.isEmpty == true { state.queues[tenant] = nil }
        state.busy.insert(tenant)
        return Turn(tenant: tenant, batch: batch)
    }

    private func start(_ turn: Turn) {
        Task {
            var turn = turn
            while true {
                let results = await Pool.$deadline.withValue(turn.deadline) {
                    await tracing.batch(
                        of: turn.batch.count, turn.batch.compactMap(\.context)
                    ) {
                        await run(turn.batch.map(\.operation), turn.tenant)
                    }
                }
                let tenant = turn.tenant
                // The next batch is on its way before the answers of this one are.
                let next = state.withLock { state in
                    state.busy.remove(tenant)
                    if state.queues[tenant] != nil { state.turns.append(tenant) }
                    return takeTurn(&state)
                }
                for (waiting, result) in zip(turn.batch, results) {
                    waiting.continuation.resume(with: result)
                }
                guard let next else { return }
                turn = next
            }
        }
    }
}
