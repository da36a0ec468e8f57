import Synchronization

/// Looks up secrets, once for all requests that wait with the same one.
///
/// A look-up serves requests alone that were there before it began. So nothing is cached: a
/// revocation holds for every request that comes after its commit.
final class CredentialLookup: Sendable {
    typealias Find = @Sendable (_ hash: [UInt8], _ isSession: Bool) async throws -> Credential?
    private typealias Waiting = CheckedContinuation<Credential?, any Error>

    private let find: Find
    private let executor: (any TaskExecutor)?
    /// By the hash of a secret that is being looked up: who came since, and waits for the next one.
    private let waiting = Mutex<[[UInt8]: [Waiting]]>([:])

    /// - Parameter executor: what look-ups run on that several requests wait for; nil for the
    ///   default.
    init(on executor: (any TaskExecutor)? = nil, _ find: @escaping Find) {
        self.find = find
        self.executor = executor
    }

    /// The holder of the secret with this SHA-256; nil if there is none now.
    func find(hash: [UInt8], isSession: Bool) async throws -> Credential? {
        let isAlone = waiting.withLock { waiting in
            guard waiting[hash] == nil else { return false }
            waiting[hash] = []
            return true
        }
        if isAlone {
            defer { serveNext(hash, isSession) }
            return try await find(hash, isSession)
        }
        return try await withCheckedThrowingContinuation { continuation in
            let mustServe = waiting.withLock { waiting in
                let isUnderWay = waiting[hash] != nil
                waiting[hash, default: []].append(continuation)
                return !isUnderWay
            }
            if mustServe { serveNext(hash, isSession) }
        }
    }

    /// Looks the secret up for those that have come, until nobody comes any more.
    private func serveNext(_ hash: [UInt8], _ isSession: Bool) {
        let next = waiting.withLock { waiting in
            let next = waiting[hash] ?? []
            waiting[hash] = next.isEmpty ? nil : []
            return next
        }
        guard !next.isEmpty else { return }
        // A task of its own: no request that is cancelled takes others with it.
        RequestDeadline.outliving(on: executor) { [self] in
            let result: Result<Credential?, any Error>
            do {
                result = .success(try await find(hash, isSession))
            } catch {
                result = .failure(error)
            }
            serveNext(hash, isSession)
            for continuation in next { continuation.resume(with: result) }
        }
    }
}
