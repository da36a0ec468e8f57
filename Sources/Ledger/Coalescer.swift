import DequeModule
package import Foundation
import Postgres
import Synchronization
package import Tracing

/// Gathers operations that come at the same time into batches, one transaction each.
///
/// There is no timer: a tenant's next batch is what has queued while its last one committed. Where
/// batches may overlap, the next one begins before that as soon as nobody is left who could join
/// it: it is carried out behind the other then, without a pause between the two.
///
/// Tenants take turns, with one place for each: two batches of one tenant side by side would wait
/// for each other's accounts. A batch that takes long, as where somebody else has locked what it
/// needs, leaves its place to other tenants.
package final class Coalescer<Operation: Sendable, Outcome: Sendable>: Sendable {
    /// Carries out a batch of a tenant, and gives one result an operation.
    package typealias Run =
        @Sendable (_ batch: [Operation], _ tenant: UUID) async -> [Result<
            Outcome, any Error
        >]

    fileprivate struct Waiting {
        let operation: Operation
        /// The span that waits; nil where nobody traces.
        let context: InstrumentationContext?
        /// When its request must have ended; nil for no such time.
        let deadline = Pool.deadline
        /// Resumed once, with its batch.
        let continuation: UnsafeContinuation<Outcome, any Error>
    }

    fileprivate struct State {
        var queues: [UUID: [Waiting]] = [:]
        /// Tenants with operations queued and no batch under way, in the order of their turns.
        var turns: Deque<UUID> = []
        /// Those with a batch under way, and since when.
        var busy: [UUID: ContinuousClock.Instant] = [:]
        /// Those of them whose batch has left its place.
        var slow: Set<UUID> = []
        /// How many operations each batch under way has, in the order in which they began.
        var sizes: [UUID: [Int]] = [:]
        /// Of tenants with operations queued or under way.
        var attendance: [UUID: Attendance] = [:]
        /// Whether somebody looks for batches that take long.
        var isWatched = false
    }

    /// How long a batch may keep tenants waiting that are not its own.
    private static var patience: Duration { .milliseconds(100) }

    private let limit: Int
    private let concurrency: Int
    private let overlaps: Bool
    private let size: @Sendable (Operation) -> Int
    private let run: Run
    private let tracing: BatchTracing
    private let executor: (any TaskExecutor)?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: how large one batch may be; one operation that is larger goes alone.
    ///   - concurrency: how many batches may be under way at once, over all tenants; those that
    ///     take long are not counted.
    ///   - overlaps: whether a tenant's next batch may begin while its last one is under way. Its
    ///     run must see to it that it is carried out behind that one.
    ///   - executor: what batches run on; nil for the default.
    ///   - tracer: who is told of operations and batches; nil for nobody.
    ///   - name: what their spans are called.
    ///   - size: what an operation counts for.
    package init(
        limit: Int, concurrency: Int, overlaps: Bool = false, executor: (any TaskExecutor)? = nil,
        tracer: (any Tracer)? = nil, name: String = "group",
        size: @escaping @Sendable (Operation) -> Int = { _ in 1 },
        run: @escaping Run
    ) {
        self.limit = limit
        self.concurrency = max(1, concurrency)
        self.overlaps = overlaps
        self.size = size
        self.run = run
        self.executor = executor
        tracing = BatchTracing(tracer: tracer, name: name)
    }

    /// Waits for the outcome even when the task is cancelled: the operation may be under way.
    package func perform(_ operation: Operation, tenant: UUID) async throws -> Outcome {
        try await tracing.operation { try await perform(operation, tenant: tenant, in: $0) }
    }

    private func perform(
        _ operation: Operation, tenant: UUID, in context: InstrumentationContext?
    ) async throws -> Outcome {
        try await withUnsafeThrowingContinuation { continuation in
            let waiting = Waiting(
                operation: operation, context: context, continuation: continuation)
            let next = state.withLock { state -> Turn? in
                if state.queues[tenant] == nil, state.busy[tenant] == nil {
                    state.turns.append(tenant)
                }
                state.queues[tenant, default: []].append(waiting)
                if overlaps, state.mayFollow(tenant) { return take(tenant, &state) }
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
        guard !state.turns.isEmpty else { return nil }
        guard state.busy.count - state.slow.count < concurrency else {
            watch(&state)
            return nil
        }
        let tenant = state.turns.removeFirst()
        state.busy[tenant] = .now
        return take(tenant, &state)
    }

    private func take(_ tenant: UUID, _ state: inout State) -> Turn {
        var batch = state.queues.removeValue(forKey: tenant) ?? []
        var count = 0
        var rows = 0
        while count < batch.count {
            rows += size(batch[count].operation)
            if count > 0, rows > limit { break }
            count += 1
        }
        if count < batch.count {
            state.queues[tenant] = Array(batch[count...])
            batch.removeSubrange(count...)
        }
        state.sizes[tenant, default: []].append(batch.count)
        return Turn(tenant: tenant, batch: batch)
    }

    private func start(_ turn: Turn) {
        // Detached: a batch is of no one request.
        Task.detached(executorPreference: executor) { [self] in
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
                // Answers first: some of those who get one come back in time for the next batch.
                for (place, result) in zip(turn.batch.indices, results) {
                    turn.batch[place].continuation.resume(with: result)
                }
                let next = state.withLock { state -> Turn? in
                    if overlaps { state.noteAttendance(of: tenant) }
                    state.end(turn.batch.count, of: tenant)
                    return takeTurn(&state)
                }
                guard let next else { return }
                turn = next
            }
        }
    }

    /// Tenants wait: has them wait no longer than batches may take.
    private func watch(_ state: inout State) {
        guard !state.isWatched else { return }
        state.isWatched = true
        Task.detached { [self] in
            try? await Task.sleep(for: Self.patience)
            let turns = self.state.withLock { state in
                state.isWatched = false
                let limit = ContinuousClock.now - Self.patience
                state.slow.formUnion(state.busy.filter { $0.value <= limit }.keys)
                var turns: [Turn] = []
                while let turn = takeTurn(&state) { turns.append(turn) }
                return turns
            }
            for turn in turns { start(turn) }
        }
    }
}

extension Coalescer.State {
    /// Whether the tenant's next batch may begin behind the one that is under way.
    mutating func mayFollow(_ tenant: UUID) -> Bool {
        // Those who wait for a place get the next one.
        guard turns.isEmpty, !slow.contains(tenant), let sizes = sizes[tenant], sizes.count == 1,
            let present = present(of: tenant), attendance[tenant]?.isFull(present) == true
        else { return false }
        attendance[tenant]?.note(present)
        return true
    }

    /// How many of the tenant's operations there are, while one batch is under way.
    private func present(of tenant: UUID) -> Int? {
        guard let sizes = sizes[tenant], sizes.count == 1 else { return nil }
        return sizes[0] + (queues[tenant]?.count ?? 0)
    }

    /// Learns from a batch that is about to end with none behind it.
    mutating func noteAttendance(of tenant: UUID) {
        guard let present = present(of: tenant) else { return }
        attendance[tenant, default: Attendance()].note(present)
    }

    /// A batch of so many operations has ended.
    mutating func end(_ size: Int, of tenant: UUID) {
        if let place = sizes[tenant]?.firstIndex(of: size) { sizes[tenant]?.remove(at: place) }
        if sizes[tenant]?.isEmpty == false {
            busy[tenant] = .now
            return
        }
        sizes[tenant] = nil
        busy[tenant] = nil
        slow.remove(tenant)
        if queues[tenant] != nil {
            turns.append(tenant)
        } else {
            attendance[tenant] = nil
        }
    }
}
