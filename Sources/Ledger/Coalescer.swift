import DequeModule
import Foundation
import Synchronization

/// Gathers operations that come at the same time into batches, one transaction each.
///
/// There is no timer: a tenant's next batch is what has queued while its last one committed.
/// Tenants take turns, with one batch of each under way at a time: two of one tenant would wait for
/// each other's accounts.
final class Coalescer: Sendable {
    /// How many rows one batch may have: more only adds latency.
    private static let batchLimit = 200

    private struct Waiting {
        let operation: LedgerOperation
        let continuation: CheckedContinuation<UInt64, any Error>
    }

    private struct State {
        var queues: [UUID: Deque<Waiting>] = [:]
        /// Tenants with operations queued and no batch under way, in the order of their turns.
        var turns: Deque<UUID> = []
        var busy: Set<UUID> = []
    }

    private let batches: BatchRunner
    private let concurrency: Int
    private let state = Mutex(State())

    init(batches: BatchRunner, concurrency: Int) {
        self.batches = batches
        self.concurrency = max(1, concurrency)
    }

    /// Waits for the outcome even when the task is cancelled: the operation may be under way.
    func perform(_ operation: LedgerOperation, tenant: UUID) async throws -> UInt64 {
        try await withCheckedThrowingContinuation { continuation in
            let waiting = Waiting(operation: operation, continuation: continuation)
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
    }

    /// The next batch, if one may start.
    private func takeTurn(_ state: inout State) -> Turn? {
        guard state.busy.count < concurrency, let tenant = state.turns.popFirst() else {
            return nil
        }
        var batch: [Waiting] = []
        var rows = 0
        while let next = state.queues[tenant]?.first {
            rows += next.operation.rowCount
            if !batch.isEmpty, rows > Self.batchLimit { break }
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
                let results = await batches.run(turn.batch.map(\.operation), tenant: turn.tenant)
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
