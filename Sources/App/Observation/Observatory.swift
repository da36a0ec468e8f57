import Synchronization

/// Asks the database about all tenants, for whoever looks on: not more often than every few
/// seconds, however many look, and without waiting long for a database that does not answer.
final class Observatory: Sendable {
    private struct State {
        var last: (observation: Observation?, at: ContinuousClock.Instant)?
        var asking: Task<Observation?, Never>?
    }

    private let lifetime: Duration
    private let patience: Duration
    private let read: @Sendable () async throws -> Observation
    private let state = Mutex(State())

    /// - Parameters:
    ///   - lifetime: how long an answer is used.
    ///   - patience: how long the database may take.
    init(
        lifetime: Duration = .seconds(5), patience: Duration = .seconds(2),
        read: @escaping @Sendable () async throws -> Observation
    ) {
        self.lifetime = lifetime
        self.patience = patience
        self.read = read
    }

    /// What there is to see; nil if the database does not tell.
    func observe() async -> Observation? {
        let task = state.withLock { state -> Task<Observation?, Never> in
            if let last = state.last, last.at.duration(to: .now) < lifetime {
                return Task { last.observation }
            }
            if let asking = state.asking { return asking }
            let task = Task { await self.ask() }
            state.asking = task
            return task
        }
        return await task.value
    }

    private func ask() async -> Observation? {
        let observation = await withTaskGroup(of: Observation?.self) { [read, patience] group in
            group.addTask { try? await read() }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        state.withLock { state in
            state.last = (observation, .now)
            state.asking = nil
        }
        return observation
    }
}
