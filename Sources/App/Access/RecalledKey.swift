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
        /// It was found valid, or work that depended on it may have been done. Stays so.
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
        _ credential: Credential, forget: @escaping @Sendable () -> Void = {},
        lookUp: @escaping @Sendable () async throws -> Bool
    ) {
        tenantID = credential.tenantID
        condition = CredentialRepository.condition(of: credential)
        self.forget = forget
        self.lookUp = lookUp
    }

    /// The current request's key as long as nothing has told that it is valid.
    static var open: RecalledKey? {
        guard let current, current.state.withLock({ $0 != .settled }) else { return nil }
        return current
    }

    var isRefused: Bool { state.withLock { $0 == .refused } }

    /// Looks the key up, unless it is settled.
    /// - Throws: `AccessError.badCredential` if it is not valid any more; `PostgresError` if the
    ///   database cannot tell.
    func settle() async throws {
        guard state.withLock({ $0 == .open }) else { return try throwIfRefused() }
        if try await isValid() { settled() } else { refused() }
        try throwIfRefused()
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

    /// Writes with the key's check in front, in one transaction. If it may have been done, nobody
    /// needs to ask for the key afterwards.
    func writing<Answer>(_ write: () async throws -> Answer) async throws -> Answer {
        try throwIfRefused()
        do {
            let answer = try await write()
            settled()
            return answer
        } catch {
            if !Self.wasNotDone(error) { settled() }
            throw told(of: error)
        }
    }

    /// Whether an error says that nothing was written, and so that nobody has found the key valid.
    private static func wasNotDone(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return error is CancellationError }
        return switch error.kind {
        case .commitUnknown, .decoding: false
        default: true
        }
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
        state.withLock { if $0 == .open { $0 = .settled } }
    }

    private func refused() {
        state.withLock { if $0 == .open { $0 = .refused } }
        forget()
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
