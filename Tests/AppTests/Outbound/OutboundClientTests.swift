import Foundation
import Synchronization
import TestSupport
import Testing

@testable import App

@Suite struct OutboundClientTests {
    /// A client for whom names mean these addresses.
    private static func client(
        _ names: [String: [String]], allowsPrivate: Bool = false
    ) -> OutboundClient {
        OutboundClient(
            allowsPrivate: allowsPrivate,
            names: NameLookup { host in
                guard let addresses = names[host] else { return .failure(.unknownHost(host)) }
                return .success(addresses.compactMap { IPAddress($0) })
            })
    }

    private static func error(
        _ client: OutboundClient, _ url: String, isTrusted: Bool = false,
        timeout: Duration = .seconds(5), maximumBytes: Int = 100
    ) async throws -> OutboundError? {
        do {
            _ = try await client.send(
                method: "GET", url: url, timeout: timeout, maximumBytes: maximumBytes,
                isTrusted: isTrusted)
            return nil
        } catch let error as OutboundError {
            return error
        }
    }

    @Test func `a request and its answer are carried over`() async throws {
        try await TestReceiver.with({ _ in .init(418, body: "teapot") }) { receiver in
            let response = try await Self.client([:]).send(
                method: "PUT", url: receiver.url + "?a=b", headers: [("x-colour", "green")],
                body: Array("hello".utf8), timeout: .seconds(5), maximumBytes: 100, isTrusted: true)
            #expect(response == .init(status: 418, body: Array("teapot".utf8)))
            let request = try #require(receiver.requests.first)
            #expect(request.method == "PUT")
            #expect(request.path == "/events?a=b")
            #expect(request.headers["x-colour"] == "green")
            #expect(request.headers["host"] == "127.0.0.1:\(receiver.port)")
            #expect(request.body == "hello")
        }
    }

    @Test(arguments: [
        "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433",
        "0x7f000001", "017700000001", "LOCALHOST", "127%2e0.0.1",
    ])
    func `no spelling of a private address is connected to for a tenant`(
        host: String
    ) async throws {
        try await TestReceiver.with { receiver in
            let error = try await Self.error(
                OutboundClient(allowsPrivate: false), "http://\(host):\(receiver.port)/")
            switch error {
            case .privateAddress, .badURL, .unknownHost: break
            default: Issue.record("\(String(describing: error))")
            }
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test func `one private address among the host's suffices to refuse it`() async throws {
        try await TestReceiver.with { receiver in
            let client = Self.client(["both.example": ["192.0.2.1", "127.0.0.1"]])
            let error = try await Self.error(client, "http://both.example:\(receiver.port)/")
            #expect(error == .privateAddress(host: "both.example"))
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test func `the address checked is the one connected to`() async throws {
        try await TestReceiver.with { receiver in
            // The system's own look-up does not know this name.
            let client = Self.client(["wallet.example": ["127.0.0.1"]], allowsPrivate: true)
            let response = try await client.send(
                method: "GET", url: "http://wallet.example:\(receiver.port)/",
                timeout: .seconds(5), maximumBytes: 0, isTrusted: false)
            #expect(response.status == 200)
            #expect(
                receiver.requests.first?.headers["host"] == "wallet.example:\(receiver.port)")
        }
    }

    @Test func `a trusted connection is not used for a URL that is not trusted`() async throws {
        try await TestReceiver.with { receiver in
            let client = OutboundClient(allowsPrivate: false)
            let trusted = try await Self.error(client, receiver.url, isTrusted: true)
            #expect(trusted == nil)
            let untrusted = try await Self.error(client, receiver.url)
            #expect(untrusted == .privateAddress(host: "127.0.0.1"))
            #expect(receiver.requests.count == 1)
        }
    }

    @Test func `redirects are answers and not followed`() async throws {
        try await TestReceiver.with { receiver in
            receiver.answer { _ in .init(302, headers: [("location", "/elsewhere")]) }
            let response = try await Self.client([:]).send(
                method: "GET", url: receiver.url, timeout: .seconds(5), maximumBytes: 0,
                isTrusted: true)
            #expect(response.status == 302)
            #expect(receiver.requests.count == 1)
        }
    }

    @Test func `a longer body than allowed is an error, unless it does not matter`() async throws {
        try await TestReceiver.with({ _ in
            .init(200, body: String(repeating: "x", count: 200_000))
        }) { receiver in
            let client = OutboundClient(allowsPrivate: true)
            for (limit, expected) in [
                (100, OutboundError.bodyTooLarge(limit: 100)), (0, nil), (200_000, nil),
            ] {
                let error = try await Self.error(client, receiver.url, maximumBytes: limit)
                #expect(error == expected)
            }
        }
    }

    @Test func `an answer that does not come ends with the time`() async throws {
        try await TestReceiver.with({ _ in .init(200, after: .seconds(30)) }) { receiver in
            let error = try await Self.error(
                OutboundClient(allowsPrivate: true), receiver.url, timeout: .milliseconds(300))
            #expect(error == .timeout(.milliseconds(300)))
        }
    }

    @Test func `a look-up that does not end holds up its own name alone`() async throws {
        try await TestReceiver.with { receiver in
            let gate = Gate()
            let client = OutboundClient(
                allowsPrivate: true,
                names: NameLookup { host in
                    if host == "dead.example" {
                        gate.wait()
                        return .failure(.unknownHost(host))
                    }
                    return .success([IPAddress("127.0.0.1")].compactMap { $0 })
                })
            async let dead = Self.error(
                client, "http://dead.example:\(receiver.port)/", timeout: .milliseconds(300))
            let live = try await Self.error(client, "http://live.example:\(receiver.port)/")
            #expect(live == nil)
            let outcome = try await dead
            gate.open()
            #expect(outcome == .timeout(.milliseconds(300)))
        }
    }

    @Test func `where nobody listens nobody can be connected to, and the next address is tried`()
        async throws
    {
        // No test's server gets a port that is the system's.
        let error = try await Self.error(
            OutboundClient(allowsPrivate: true), "http://127.0.0.1:1/")
        #expect(error == .unreachable(host: "127.0.0.1", reason: "Connection refused"))
        try await TestReceiver.with { receiver in
            let client = Self.client(
                ["two.example": ["127.0.0.2", "127.0.0.1"]], allowsPrivate: true)
            let second = try await Self.error(client, "http://two.example:\(receiver.port)/")
            #expect(second == nil)
        }
    }

    @Test(arguments: [
        "", "wallet.example", "ftp://wallet.example/", "file:///etc/passwd", "http://",
        "http:///path", "http://user@wallet.example/", "http://user:word@wallet.example/",
        "http://wallet.example:0/", "http://wallet.example:70000/", "http://[fe80::1%25eth0]/",
        "http://a b/", "http://wäre.example/", "http+unix://%2Ftmp%2Fsocket/", "javascript:1",
        "http://" + String(repeating: "a", count: 2048),
    ])
    func `what is no URL to send to is refused with a reason`(url: String) async throws {
        guard case .badURL(let reason) = try await Self.error(Self.client([:]), url) else {
            Issue.record("accepted")
            return
        }
        #expect(reason.hasPrefix("must"))
    }
}

/// Holds up a thread, which tasks may not do, until it is opened; ten seconds at most.
private final class Gate: Sendable {
    private let isOpen = Mutex(false)

    func open() { isOpen.withLock { $0 = true } }

    func wait() {
        for _ in 0..<1000 where !isOpen.withLock({ $0 }) { usleep(10_000) }
    }
}
