import App
import Synchronization
package import Telemetry

/// Bounds what the server works on at once, so that beyond its capacity it does as much as ever and
/// says no to the rest in time.
///
/// Requests are counted by tenant before it is known whose they are, since finding that out is work
/// too: by what their credentials were found to be last time. Nothing else follows from it.
package final class Admission: Sendable {
    /// Who shares a part of the server.
    struct Group: Sendable, Hashable {
        fileprivate let number: Int

        /// All whose credentials are not known yet, or wrong.
        static let strangers = Group(number: 0)
        static let `operator` = Group(number: 1)

        static func tenant(_ id: String) -> Group { Group(number: id.hashValue) }

        /// A number of its own as long as the process lives.
        var tenantNumber: Int? {
            self == .strangers || self == .operator ? nil : number
        }
    }

    private struct Core {
        var state: AdmissionState<QueuedRequest>
        var known = Generations<Int, Group>(capacity: Admission.knownMax)
        /// Whether a task looks after those who wait too long.
        var isSweeping = false
    }

    /// How many credentials are remembered.
    private static let knownMax = 100_000
    /// By how much longer than it should somebody waits at most.
    private static let sweepPause = Duration.milliseconds(20)

    let limits: AdmissionLimits
    private let core: Mutex<Core>

    package init(_ limits: AdmissionLimits) {
        self.limits = limits
        core = Mutex(Core(state: AdmissionState(limits)))
    }

    /// A number for the secret that a request came with, which tells nothing of it; nil if it came
    /// with none.
    static func number(of credentials: Credentials) -> Int? {
        (credentials.apiKey ?? credentials.sessionKey).map(\.hashValue)
    }

    /// How many requests are at work, and how many wait.
    var load: (running: Int, waiting: Int) {
        core.withLock { ($0.state.running, $0.state.waiting) }
    }

    /// The same for those who watch the server.
    package var samples: [MetricSample] {
        let load = load
        return [
            MetricSample("hazina_requests_admitted", load.running),
            MetricSample("hazina_requests_queued", load.waiting),
        ]
    }

    // MARK: Whose a credential is

    /// Whose the credential was found to be.
    func group(of credential: Int?) -> Group {
        guard let credential else { return .strangers }
        return core.withLock { $0.known[credential] } ?? .strangers
    }

    /// The credential was looked up.
    func note(_ group: Group, of credential: Int?) {
        guard let credential else { return }
        core.withLock { $0.known[credential] = group == .strangers ? nil : group }
    }

    // MARK: Work

    /// What came of a wish to begin.
    enum Entry: Sendable {
        /// `leave` must follow.
        case admitted(Group)
        case full(Group)
    }

    /// Begins at once, if there is room.
    func enter(_ credential: Int?) -> Entry {
        core.withLock { core in
            let group = credential.flatMap { core.known[$0] } ?? .strangers
            return core.state.enter(group.number) ? .admitted(group) : .full(group)
        }
    }

    /// Whether `wait` would say no at once: found out without what waiting takes, since under load
    /// most is refused.
    func refuses(_ group: Group, _ stage: RequestStage) -> Bool {
        let end = waitingEnd
        return core.withLock { !$0.state.mayQueue(stage, of: group.number, until: end) }
    }

    /// How long somebody who comes now waits at most.
    private var waitingEnd: ContinuousClock.Instant {
        .now.advanced(by: min(limits.patience, limits.requestTime))
    }

    /// Waits until it may begin; `leave` must follow if it may.
    /// - Parameter departure: of the client, whose request is forgotten when it leaves.
    /// - Returns: false if it may not: there is no room, or it has waited long enough.
    func wait(as group: Group, _ stage: RequestStage, departure: Departure?) async -> Bool {
        let request = QueuedRequest(group)
        let notice = departure?.notify { [weak self] in self?.abandon(request) }
        defer { if let notice { departure?.forget(notice) } }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if request.attach(continuation) { enqueue(request, stage) }
            }
        } onCancel: {
            abandon(request)
        }
    }

    /// Whether requests of the group wait for others of its own.
    func isCrowded(_ group: Group) -> Bool {
        core.withLock { $0.state.isCrowded(group.number) }
    }

    /// Ends what was admitted.
    func leave(_ group: Group) {
        var next = core.withLock { $0.state.leave(group.number) }
        // One that has just given up passes its place on.
        while let request = next, !request.finish(true) {
            next = core.withLock { $0.state.leave(request.group.number) }
        }
    }

    private func enqueue(_ request: QueuedRequest, _ stage: RequestStage) {
        let end = waitingEnd
        let number = request.group.number
        let (verdict, instead, startsSweeping) = core.withLock {
            core -> (Bool?, QueuedRequest?, Bool) in
            // A place may have come free since.
            if core.state.enter(number) { return (true, nil, false) }
            switch core.state.add(request, of: number, stage, until: end) {
            case .refused: return (false, nil, false)
            case .queued(let ticket, let instead):
                request.ticket.store(ticket, ordering: .releasing)
                // It may have given up before there was a ticket to remove.
                if request.isFinished { core.state.remove(ticket: ticket, of: number) }
                defer { core.isSweeping = true }
                return (nil, instead, !core.isSweeping)
            }
        }
        instead?.finish(false)
        if let verdict, !request.finish(verdict), verdict { leave(request.group) }
        if startsSweeping { Task.detached { await self.sweep() } }
    }

    private func abandon(_ request: QueuedRequest) {
        guard request.finish(false) else { return }
        let ticket = request.ticket.load(ordering: .acquiring)
        core.withLock { $0.state.remove(ticket: ticket, of: request.group.number) }
    }

    /// Refuses those who have waited long enough, as long as anybody waits.
    private func sweep() async {
        while true {
            let next = core.withLock { core -> ContinuousClock.Instant? in
                let next = core.state.nextExpiry
                core.isSweeping = next != nil
                return next
            }
            guard let next else { return }
            // Many at a time, since under load there is always one.
            let pause = ContinuousClock.now.advanced(by: Self.sweepPause)
            try? await Task.sleep(until: max(next, pause), clock: .continuous)
            let expired = core.withLock { $0.state.expire(at: .now) }
            for request in expired { request.finish(false) }
        }
    }
}

/// A request that waits, told once whether it may begin.
final class QueuedRequest: Sendable {
    private enum State {
        case fresh
        case waiting(CheckedContinuation<Bool, Never>)
        case done(Bool)
    }

    let group: Admission.Group
    let ticket = Atomic<UInt64>(0)
    private let state = Mutex(State.fresh)

    init(_ group: Admission.Group) {
        self.group = group
    }

    var isFinished: Bool {
        state.withLock { if case .done = $0 { true } else { false } }
    }

    /// - Returns: whether it now waits; otherwise it was told already.
    func attach(_ continuation: CheckedContinuation<Bool, Never>) -> Bool {
        let told = state.withLock { state -> Bool? in
            if case .done(let verdict) = state { return verdict }
            state = .waiting(continuation)
            return nil
        }
        guard let told else { return true }
        continuation.resume(returning: told)
        return false
    }

    /// - Returns: whether this call told it.
    @discardableResult
    func finish(_ verdict: Bool) -> Bool {
        let (isFirst, waiting) = state.withLock {
            state -> (Bool, CheckedContinuation<Bool, Never>?) in
            switch state {
            case .fresh:
                state = .done(verdict)
                return (true, nil)
            case .waiting(let continuation):
                state = .done(verdict)
                return (true, continuation)
            case .done:
                return (false, nil)
            }
        }
        waiting?.resume(returning: verdict)
        return isFirst
    }
}
