import Synchronization

/// The event streams that are open: how many there may be, and how all of them are ended.
final class OpenStreams: Sendable {
    enum Refusal: Error {
        case tooMany
        case tooManyOfTenant
        /// The server is about to stop.
        case stopping
    }

    /// One stream's place, given back when nothing holds it any more.
    final class Place: Sendable {
        private let streams: OpenStreams
        private let id: UInt64
        private let tenant: String?

        fileprivate init(_ streams: OpenStreams, id: UInt64, tenant: String?) {
            self.streams = streams
            self.id = id
            self.tenant = tenant
        }

        deinit { streams.release(id, tenant) }

        /// Calls `body` when the server is about to stop, at once if it is so already.
        func onStop(_ body: @escaping @Sendable () -> Void) {
            let isStopping = streams.state.withLock { state in
                guard !state.isStopping else { return true }
                state.ends[id] = body
                return false
            }
            if isStopping { body() }
        }
    }

    private struct State {
        var nextID: UInt64 = 0
        var count = 0
        /// Callers without a tenant share one entry.
        var countOfTenant: [String?: Int] = [:]
        var ends: [UInt64: @Sendable () -> Void] = [:]
        var isStopping = false
    }

    private let limit: Int
    private let limitOfTenant: Int
    private let state = Mutex(State())

    init(limit: Int, limitOfTenant: Int) {
        self.limit = limit
        self.limitOfTenant = limitOfTenant
    }

    func open(tenant: String?) throws(Refusal) -> Place {
        let result: Result<UInt64, Refusal> = state.withLock { state in
            if state.isStopping { return .failure(.stopping) }
            guard state.count < limit else { return .failure(.tooMany) }
            let ofTenant = state.countOfTenant[tenant] ?? 0
            guard ofTenant < limitOfTenant else { return .failure(.tooManyOfTenant) }
            state.count += 1
            state.countOfTenant[tenant] = ofTenant + 1
            state.nextID += 1
            return .success(state.nextID)
        }
        return Place(self, id: try result.get(), tenant: tenant)
    }

    /// Ends all streams and opens no more.
    func stop() {
        let ends = state.withLock { state in
            state.isStopping = true
            defer { state.ends = [:] }
            return Array(state.ends.values)
        }
        for end in ends { end() }
    }

    /// How many are open.
    var count: Int { state.withLock { $0.count } }

    private func release(_ id: UInt64, _ tenant: String?) {
        state.withLock { state in
            state.count -= 1
            state.ends[id] = nil
            let left = (state.countOfTenant[tenant] ?? 1) - 1
            state.countOfTenant[tenant] = left > 0 ? left : nil
        }
    }
}
