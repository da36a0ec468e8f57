import Foundation
import TestSupport
import Testing

@testable import App

/// Who is believed to be the host of an `https` URL.
@Suite struct OutboundTLSTests {
    private static func error(
        _ url: String, trusting authorities: TrustedAuthorities,
        names: [String: String] = [:]
    ) async throws -> OutboundError? {
        let client = OutboundClient(
            allowsPrivate: true, authorities: authorities,
            names: NameLookup { host in
                .success([names[host]].compactMap { $0.flatMap { IPAddress($0) } })
            })
        // A machine under load may take longer to connect than the client waits.
        for _ in 0..<10 {
            do {
                let response = try await client.send(
                    method: "GET", url: url, timeout: .seconds(20), maximumBytes: 100,
                    isTrusted: false)
                #expect(response.status == 200)
                return nil
            } catch OutboundError.unreachable {
                continue
            } catch let error as OutboundError {
                return error
            }
        }
        return .unreachable(host: url, reason: "not once")
    }

    @Test func `a certificate of an authority from the file is accepted, of another is not`()
        async throws
    {
        try await TestCertificate.withFolder { folder in
            let known = try await TestCertificate(in: folder, named: "known")
            let other = try await TestCertificate(in: folder, named: "other")
            let authorities = try TrustedAuthorities(path: known.path)
            try await TestReceiver.with(certificate: known) { receiver in
                let accepted = try await Self.error(receiver.url, trusting: authorities)
                #expect(accepted == nil)
                let refused = try await Self.error(receiver.url, trusting: .systemAlone)
                #expect(refused == .certificate(host: "127.0.0.1"))
                #expect(receiver.requests.count == 1)
            }
            try await TestReceiver.with(certificate: other) { receiver in
                let refused = try await Self.error(receiver.url, trusting: authorities)
                #expect(refused == .certificate(host: "127.0.0.1"))
                #expect(receiver.requests.isEmpty)
            }
        }
    }

    @Test func `a certificate counts for its own name alone, whatever the address`() async throws {
        try await TestCertificate.withFolder { folder in
            let certificate = try await TestCertificate(in: folder, for: "DNS:wallet.example")
            let authorities = try TrustedAuthorities(path: certificate.path)
            let names = ["wallet.example": "127.0.0.1", "other.example": "127.0.0.1"]
            try await TestReceiver.with(certificate: certificate) { receiver in
                for (host, expected) in [
                    ("wallet.example", nil),
                    ("other.example", OutboundError.certificate(host: "other.example")),
                    ("127.0.0.1", .certificate(host: "127.0.0.1")),
                ] {
                    let error = try await Self.error(
                        "https://\(host):\(receiver.port)/", trusting: authorities, names: names)
                    #expect(error == expected)
                }
                #expect(receiver.requests.count == 1)
            }
        }
    }

    @Test func `a server that speaks no TLS is told of without the insides`() async throws {
        try await TestReceiver.with { receiver in
            let error = try await Self.error(
                "https://127.0.0.1:\(receiver.port)/", trusting: .systemAlone)
            #expect(error == .failed(host: "127.0.0.1", reason: "TLS failed"))
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test func `a file without certificates is refused`() async throws {
        try await TestCertificate.withFolder { folder in
            let empty = folder.appending(path: "empty.pem").path
            try Data().write(to: URL(filePath: empty))
            let key = try await TestCertificate(in: folder).keyPath
            for path in [empty, key, folder.appending(path: "missing.pem").path] {
                #expect(throws: TrustedAuthorities.Failure.self) {
                    try TrustedAuthorities(path: path)
                }
            }
        }
    }

    @Test func `events are delivered over TLS to receivers that are trusted, to others not`()
        async throws
    {
        try await TestCertificate.withFolder { folder in
            let known = try await TestCertificate(in: folder, named: "known")
            let other = try await TestCertificate(in: folder, named: "other")
            let authorities = try TrustedAuthorities(path: known.path)
            try await TestReceiver.with(certificate: known) { trusted in
                try await TestReceiver.with(certificate: other) { stranger in
                    try await GraphQLTester.withWebhooks { configuration in
                        configuration.trustedAuthorities = authorities
                        configuration.webhooks.timeout = .seconds(20)
                    } _: { tester, _ in
                        try await expectDelivery(tester, to: trusted, refusing: stranger)
                    }
                }
            }
        }
    }

    private func expectDelivery(
        _ tester: GraphQLTester, to trusted: TestReceiver, refusing stranger: TestReceiver
    ) async throws {
        let tenant = try await tester.makeTenant()
        try await tester.setWebhook(trusted.url, as: tenant.credentials)
        try await tester.delivering {
            let first = try await tester.writeEvents(of: tenant)[0]
            _ = try await tester.waitForEvent(first, as: tenant.credentials) {
                $0.state == "DELIVERED"
            }
            #expect(trusted.requests.map(\.method) == ["POST"])
            try await tester.setWebhook(stranger.url, as: tenant.credentials)
            let second = try await tester.writeEvents(of: tenant)[0]
            let refused = try await tester.waitForEvent(second, as: tenant.credentials) {
                $0.attempts == 1
            }
            #expect(refused.state == "PENDING")
            #expect(refused.statusCode.isNull)
            let error = try refused.error.required()
            #expect(error.hasPrefix("the certificate of 127.0.0.1 is not accepted"))
            #expect(stranger.requests.isEmpty)
        }
    }
}
