import Ledger
import Postgres
import Synchronization

/// A tenant's key that a look-up found valid a moment ago, behind a request that comes with it
/// again.
///
/// It saves the request a round trip, not the check: what the request first does in the database
/// finds the key valid in its own transaction, or else is undone and was never done. So a
/// revocation holds from its commit on, as without it.
package final class RecalledKey: Sendable {
    /// The key that the current request's work depends on; nil where its caller was looked up.
    @TaskLocal static var current: RecalledKey?

    private enum State {
        case open
        /// Work that depended on it may have been done, or not: what follows still asks for it.
        case doubtful
        /// It was found valid. Stays so.
        case settled
        /// Nothing was done with it. Stays so.
        case refused
    }

    let tenantID: TenantID
    /// That it is still as it was found.
    let condition: LedgerCondition
    private let state = Mutex(State.open)
    private let forget: @Sendable () -> Void
    private let lookUp: @Sendable () async throws -> Bool

    /// - Parameters:
    ///   - forget: sees to it that the key is not recalled any more.
    ///   - lookUp: whether it is still valid.
    init(
        of tenantID: TenantID, condition: LedgerCondition,
        forget: @escaping @Sendable () -> Void = {},
        lookUp: @escaping @Sendable () async throws -> Bool
    ) {
        self.tenantID = tenantID
        self.condition = condition
        self.forget = forget
        self.lookUp = lookUp
    }

    /// The current request's key as long as nothing has told that it is valid.
    static var open: RecalledKey? {
        guard let current, current.state.withLock({ $0 != .settled }) else { return nil }
        return current
    }

    var isRefused: Bool { state.withLock { $0 == .refused } }

    /// Whether the request's answer stands: the key was valid, or something may have been done.
    /// - Throws: `PostgresError` if the database cannot tell.
    func isAnswerCertain() async throws -> Bool {
        if state.withLock({ $0 == .doubtful }) { return true }
        do {
            try await settle()
            return true
        } catch is AccessError {
            return false
        }
    }

    /// Looks the key up, unless it is settled.
    /// - Throws: `AccessError.badCredential` if it is not valid any more; `PostgresError` if the
    ///   database cannot tell.
    func settle() async throws {
        switch state.withLock({ $0 }) {
        case .settled: return
        case .refused: throw AccessError.badCredential
        case .open, .doubtful: break
        }
        if try await isValid() {
            settled()
        } else {
            refused()
            guard state.withLock({ $0 == .settled }) else { throw AccessError.badCredential }
        }
    }

    /// Looks the key up, whatever the request has come to.
    func isValid() async throws -> Bool {
        // The look-up itself depends on no key.
        try await Self.$current.withValue(nil) { try await lookUp() }
    }

    /// Reads with the key's check in front, in one transaction.
    func reading(_ read: (_ check: SQL) async throws -> [Rows]) async throws -> [Rows] {
        try throwIfRefused()
        do {
            let answers = try await read(condition.statement)
            settled()
            return Array(answers.dropFirst())
        } catch {
            throw told(of: error)
        }
    }

    /// Writes with the key's check in front, in one transaction.
    func writing<Answer>(_ write: () async throws -> Answer) async throws -> Answer {
        try throwIfRefused()
        do {
            let answer = try await write()
            settled()
            return answer
        } catch let error as LedgerError {
            // It was refused for another reason, by a transaction that was carried out.
            settled()
            throw error
        } catch {
            if Self.mayBeDone(error) { state.withLock { if $0 == .open { $0 = .doubtful } } }
            throw told(of: error)
        }
    }

    /// Whether something may have been written in spite of an error.
    private static func mayBeDone(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return !(error is CancellationError) }
        return error.kind == .commitUnknown || error.kind == .decoding
    }

    /// What the caller is told of an error.
    private func told(of error: any Error) -> any Error {
        guard condition.isReason(for: error) else { return error }
        refused()
        return AccessError.badCredential
    }

    private func throwIfRefused() throws {
        if isRefused { throw AccessError.badCredential }
    }

    private func settled() {
        state.withLock { if $0 != .refused { $0 = .settled } }
    }

    private func refused() {
        state.withLock { if $0 == .open { $0 = .refused } }
        forget()
    }
}

/// What look-ups of tenants' keys found within the last second.
final class KeyMemory: Sendable {
    struct Entry {
        let credential: Credential
        /// Made once, since every request that recalls the key carries it.
        let condition: LedgerCondition
        /// Likewise: sees to it that the key is not recalled any more.
        let forget: @Sendable () -> Void
        /// Likewise: whether it is still valid.
        let lookUp: @Sendable () async throws -> Bool
        fileprivate let end: ContinuousClock.Instant
    }

    /// Short, so that a key's use is written in time and what is not asked for goes.
    private static let time = Duration.seconds(1)
    private static let limit = 10_000

    /// By the secrets' hashes.
    private let entries = Mutex<[[UInt8]: Entry]>([:])

    /// Keeps what a look-up that began at `start` has found.
    /// - Parameter lookUp: looks it up again.
    func note(
        _ credential: Credential, hash: [UInt8], start: ContinuousClock.Instant,
        lookUp: @escaping @Sendable () async throws -> Bool
    ) {
        let entry = Entry(
            credential: credential, condition: CredentialRepository.condition(of: credential),
            forget: { [weak self] in self?.forget(hash: hash) }, lookUp: lookUp,
            end: start + Self.time)
        entries.withLock { entries in
            if entries.count >= Self.limit { entries.removeAll() }
            entries[hash] = entry
        }
    }

    func recall(hash: [UInt8]) -> Entry? {
        entries.withLock { entries in
            guard let entry = entries[hash] else { return nil }
            if entry.end > .now { return entry }
            entries[hash] = nil
            return nil
        }
    }

    private func forget(hash: [UInt8]) {
        entries.withLock { _ = $0.removeValue(forKey: hash) }
    }
}
