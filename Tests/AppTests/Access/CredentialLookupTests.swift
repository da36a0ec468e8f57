import Foundation
import Postgres
import Synchronization
import Testing

@testable import App

@Suite(.timeLimit(.minutes(1))) struct CredentialLookupTests {
    private struct Failure: Error {}

    /// A look-up that waits until the test lets it go on.
    private final class Gate: Sendable {
        private let state = Mutex<(calls: Int, open: [CheckedContinuation<Void, Never>])>((0, []))

        var calls: Int { state.withLock { $0.calls } }

        func pass() async -> Int {
            let number = state.withLock { state in
                state.calls += 1
                return state.calls
            }
            await withCheckedContinuation { continuation in
                state.withLock { $0.open.append(continuation) }
            }
            return number
        }

        /// Lets the look-up of this number go on, once it has begun.
        func open(_ number: Int) async throws {
            while true {
                let continuation = state.withLock { state in
                    state.calls == number ? state.open.popLast() : nil
                }
                if let continuation { return continuation.resume() }
                try await Task.sleep(for: .milliseconds(2))
            }
        }
    }

    private func credential(_ number: Int) -> Credential {
        let tenant = TenantID.next()
        return Credential(
            tenantID: tenant, apiKeyID: .next(), paymentPointerID: nil, session: nil,
            expiresAt: nil, restriction: .none, isUseDue: number % 2 == 0)
    }

    @Test func `requests share a look-up that begins after they came, and no other`()
        async throws
    {
        let gate = Gate()
        let lookup = CredentialLookup { _, _ in
            let number = await gate.pass()
            // The key is revoked after the second look-up.
            return number < 3 ? credential(number) : nil
        }
        let hash: [UInt8] = [1, 2, 3]
        let first = Task { try await lookup.find(hash: hash, isSession: false) }
        while gate.calls < 1 { try await Task.sleep(for: .milliseconds(2)) }
        let second = (0..<10).map { _ in
            Task { try await lookup.find(hash: hash, isSession: false) }
        }
        try await Task.sleep(for: .milliseconds(50))
        #expect(gate.calls == 1)
        try await gate.open(1)
        #expect(try await first.value?.isUseDue == false)
        while gate.calls < 2 { try await Task.sleep(for: .milliseconds(2)) }
        let third = (0..<5).map { _ in Task { try await lookup.find(hash: hash, isSession: false) }
        }
        try await Task.sleep(for: .milliseconds(50))
        try await gate.open(2)
        for task in second { #expect(try await task.value?.isUseDue == true) }
        try await gate.open(3)
        for task in third { #expect(try await task.value == nil) }
        #expect(gate.calls == 3)
    }

    @Test func `a failure is that of the requests that waited for it alone`() async throws {
        let isBroken = Mutex(true)
        let lookup = CredentialLookup { _, _ in
            try await Task.sleep(for: .milliseconds(20))
            if isBroken.withLock({ $0 }) { throw Failure() }
            return nil
        }
        let hash: [UInt8] = [1]
        let tasks = (0..<8).map { _ in Task { try await lookup.find(hash: hash, isSession: false) }
        }
        for task in tasks {
            await #expect(throws: Failure.self) { _ = try await task.value }
        }
        isBroken.withLock { $0 = false }
        #expect(try await lookup.find(hash: hash, isSession: false) == nil)
    }

    @Test func `a request that is cancelled takes no other with it`() async throws {
        let gate = Gate()
        let lookup = CredentialLookup { _, _ in
            let number = await gate.pass()
            try Task.checkCancellation()
            return credential(number)
        }
        let hash: [UInt8] = [1]
        let first = Task { try await lookup.find(hash: hash, isSession: false) }
        while gate.calls < 1 { try await Task.sleep(for: .milliseconds(2)) }
        let second = (0..<3).map { _ in Task { try await lookup.find(hash: hash, isSession: false) }
        }
        try await Task.sleep(for: .milliseconds(20))
        first.cancel()
        second[0].cancel()
        try await gate.open(1)
        await #expect(throws: CancellationError.self) { _ = try await first.value }
        try await gate.open(2)
        for task in second { #expect(try await task.value != nil) }
    }
}
