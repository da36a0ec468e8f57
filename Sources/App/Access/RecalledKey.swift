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
        /// It was found valid, or the work that depended on it has gone its way.
        case settled
        case refused
    }

    let tenantID: TenantID
    /// That it is still as it was found.
    let condition: LedgerCondition
    private let state = Mutex(State.open)
    private let isStillValid: @Sendable () async throws -> Bool

    /// - Parameter isStillValid: looks the key up.
    init(
        _ credential: Credential, isStillValid: @escaping @Sendable () async throws -> Bool
    ) {
        tenantID = credential.tenantID
        condition = CredentialRepository.condition(of: credential)
        self.isStillValid = isStillValid
    }

    /// The current request's key as long as nothing has told whether it is valid.
    static var open: RecalledKey? {
        guard let current, current.state.withLock({ $0 != .settled }) else { return nil }
        return current
    }

    /// Looks the key up, unless it is settled.
    /// - Throws: `AccessError.badCredential` if it is not valid any more; `PostgresError` if the
    ///   database cannot tell.
    func settle() async throws {
        switch state.withLock({ $0 }) {
        case .settled: return
        case .refused: throw AccessError.badCredential
        case .open: break
        }
        // The look-up itself depends on no key.
        let isValid = try await Self.$current.withValue(nil) { try await isStillValid() }
        guard isValid else { throw refused() }
        settled()
    }

    /// Reads with the key's check in front, in one transaction.
    func reading(_ read: (_ check: SQL) async throws -> [Rows]) async throws -> [Rows] {
        try throwIfRefused()
        do {
            let answers = try await read(condition.statement)
            settled()
            return Array(answers.dropFirst())
        } catch  where condition.isReason(for: error) {
            throw refused()
        }
    }

    /// Writes with the key's check in front, in one transaction. Whatever else comes of it, nobody
    /// needs to ask for the key afterwards: it may have been done.
    func writing<Answer>(_ write: () async throws -> Answer) async throws -> Answer {
        try throwIfRefused()
        do {
            let answer = try await write()
            settled()
            return answer
        } catch  where condition.isReason(for: error) {
            throw refused()
        } catch {
            settled()
            throw error
        }
    }

    private func throwIfRefused() throws {
        if state.withLock({ $0 == .refused }) { throw AccessError.badCredential }
    }

    private func settled() {
        state.withLock { if $0 == .open { $0 = .settled } }
    }

    private func refused() -> AccessError {
        state.withLock { $0 = .refused }
        return .badCredential
    }
}

/// What look-ups of tenants' keys found within the last second.
final class KeyMemory: Sendable {
    private struct Entry {
        let credential: Credential
        let end: ContinuousClock.Instant
    }

    /// Short, so that a key's use is written in time and what is not asked for goes.
    private static let time = Duration.seconds(1)
    private static let limit = 10_000

    /// By the secrets' hashes.
    private let entries = Mutex<[[UInt8]: Entry]>([:])

    /// Keeps what a look-up that began at `start` has found.
    func note(_ credential: Credential, hash: [UInt8], start: ContinuousClock.Instant) {
        entries.withLock { entries in
            if entries.count >= Self.limit { entries.removeAll() }
            entries[hash] = Entry(credential: credential, end: start + Self.time)
        }
    }

    func recall(hash: [UInt8]) -> Credential? {
        entries.withLock { entries in
            guard let entry = entries[hash] else { return nil }
            if entry.end > .now { return entry.credential }
            entries[hash] = nil
            return nil
        }
    }

    func forget(hash: [UInt8]) {
        entries.withLock { _ = $0.removeValue(forKey: hash) }
    }
}
