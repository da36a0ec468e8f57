import AsyncHTTPClient
import Foundation
import HTTP
import NIOCore
import NIOHTTP1
import NIOSSL
import TestSupport
import Testing

@testable import Server

/// The server with a certificate of its own, which is made for each test.
@Suite(
    .serialized, .enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"),
    .timeLimit(.minutes(2)))
struct TLSTests {
    /// A certificate for 127.0.0.1 and its key, in a folder that goes with the test.
    private struct Files {
        let folder: URL
        var certificate: String { folder.appending(path: "server.pem").path }
        var key: String { folder.appending(path: "server.key").path }

        /// Makes a certificate, in place of the one that is there.
        func make(days: Int = 30, named name: String = "server") async throws {
            _ = try await TestCertificate(in: folder, named: name, days: days)
        }

        static func with(_ body: (Files) async throws -> Void) async throws {
            try await TestCertificate.withFolder { folder in
                let files = Files(folder: folder)
                try await files.make()
                try await body(files)
            }
        }

        var environment: [String: String] {
            ["HAZINA_TLS_CERTIFICATE": certificate, "HAZINA_TLS_KEY": key]
        }
    }

    /// Runs `body` with a client that trusts the certificate alone that stands there now.
    private func withClient(
        trusting files: Files, from oldest: TLSVersion = .tlsv12, to newest: TLSVersion = .tlsv13,
        _ body: (HTTPClient) async throws -> Void
    ) async throws {
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMFile(files.certificate))
        tls.minimumTLSVersion = oldest
        tls.maximumTLSVersion = newest
        configuration.tlsConfiguration = tls
        configuration.connectionPool.idleTimeout = .seconds(60)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1
        let client = HTTPClient(configuration: configuration)
        do {
            try await body(client)
        } catch {
            Issue.record(error)
        }
        try await client.shutdown()
    }

    private func get(_ client: HTTPClient, _ port: Int) async throws -> HTTPClientResponse {
        let response = try await client.execute(
            HTTPClientRequest(url: "https://127.0.0.1:\(port)/healthz"), timeout: .seconds(10))
        _ = try await response.body.collect(upTo: 1000)
        return response
    }

    private func withServer(
        _ files: Files, _ body: (HazinaProcess, Int) async throws -> Void
    ) async throws {
        try await CommandDatabase.with { database in
            let environment = database.environment.merging(files.environment) { $1 }
            #expect(try await HazinaProcess.run("migrate", environment: environment).status == 0)
            let server = try HazinaProcess(["serve"], environment)
            let port = try #require(try await server.port())
            #expect(server.errors.contains("https://127.0.0.1:"))
            try await body(server, port)
            server.stop()
            #expect(await server.end().status == 0)
        }
    }

    /// Waits until the process has logged a text so many times.
    private func wait(for text: String, in server: HazinaProcess, _ count: Int = 1) async throws {
        for _ in 0..<400 {
            if server.errors.components(separatedBy: text).count > count { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("never logged: \(text)")
    }

    @Test func `requests are answered over TLS 1.2 and 1.3, and over nothing older`() async throws {
        try await Files.with { files in
            try await withServer(files) { _, port in
                for version in [TLSVersion.tlsv12, .tlsv13] {
                    try await withClient(trusting: files, from: version, to: version) { client in
                        let response = try await get(client, port)
                        #expect(response.status == .ok)
                        #expect(
                            response.headers.first(name: "strict-transport-security")
                                == "max-age=31536000")
                        #expect(response.headers.first(name: "x-frame-options") == "DENY")
                    }
                }
                try await withClient(trusting: files, from: .tlsv1, to: .tlsv11) { client in
                    await #expect(throws: (any Error).self) { try await get(client, port) }
                }
                // Plain HTTP gets no answer that could be taken for one.
                let plain = try? await OneRequest.send("GET", "/healthz", port: port)
                #expect(plain?.contains("HTTP/1.1 200") != true)
            }
        }
    }

    @Test func `SIGHUP brings a new certificate, and open connections go on`() async throws {
        try await Files.with { files in
            try await withServer(files) { server, port in
                try await withClient(trusting: files) { old in
                    #expect(try await get(old, port).status == .ok)
                    try await files.make()
                    try await withClient(trusting: files) { new in
                        await #expect(throws: (any Error).self) { try await get(new, port) }
                    }
                    server.hangUp()
                    try await wait(for: "certificate reloaded", in: server)
                    try await withClient(trusting: files) { new in
                        let response = try await get(new, port)
                        #expect(response.status == .ok)
                    }
                    // It does not trust the new one: this is the connection that it had.
                    #expect(try await get(old, port).status == .ok)
                }
            }
        }
    }

    @Test func `files that cannot be used leave the certificate as it is`() async throws {
        try await Files.with { files in
            try await withServer(files) { server, port in
                try await withClient(trusting: files) { client in
                    let whole = try String(contentsOfFile: files.certificate, encoding: .utf8)
                    try "no certificate".write(
                        toFile: files.certificate, atomically: true, encoding: .utf8)
                    server.hangUp()
                    try await wait(for: "certificate not reloaded", in: server)
                    try whole.write(toFile: files.certificate, atomically: true, encoding: .utf8)
                    try await files.make(named: "other")
                    try FileManager.default.removeItem(atPath: files.key)
                    try FileManager.default.copyItem(
                        atPath: files.folder.appending(path: "other.key").path, toPath: files.key)
                    server.hangUp()
                    try await wait(for: "certificate not reloaded", in: server, 2)
                    #expect(server.errors.contains("does not belong to the certificate"))
                    #expect(!server.errors.contains("PRIVATE KEY"))
                    try await withClient(trusting: files) { new in
                        let response = try await get(new, port)
                        #expect(response.status == .ok)
                    }
                    #expect(try await get(client, port).status == .ok)
                }
            }
        }
    }

    @Test func `both files are needed, and have to fit`() async throws {
        try await Files.with { files in
            try await CommandDatabase.with { database in
                var environment = database.environment
                environment["HAZINA_TLS_KEY"] = files.key
                let half = try await HazinaProcess.run("serve", environment: environment)
                #expect(half.status == 78)
                #expect(half.errors.contains("HAZINA_TLS_CERTIFICATE is not set"))
                environment = database.environment.merging(files.environment) { $1 }
                _ = try await HazinaProcess.run("migrate", environment: environment)
                let doctor = try await HazinaProcess.run("doctor", environment: environment)
                #expect(doctor.output.contains("ok    certificate"))
                try await files.make(days: 3)
                let soon = try await HazinaProcess.run("doctor", environment: environment)
                #expect(soon.status == 0)
                #expect(soon.output.contains("warn  certificate  ends in 2 days"))
                try FileManager.default.removeItem(atPath: files.key)
                let missing = try await HazinaProcess.run("serve", environment: environment)
                #expect(missing.status == 78)
                #expect(missing.errors.contains("cannot be read"))
                let sick = try await HazinaProcess.run("doctor", environment: environment)
                #expect(sick.status == 1)
                #expect(sick.output.contains("FAIL  certificate"))
            }
        }
    }

    @Test func `authorities that cannot be read stop the start`() async throws {
        try await Files.with { files in
            try await CommandDatabase.with { database in
                var environment = database.environment
                _ = try await HazinaProcess.run("migrate", environment: environment)
                for path in [files.key, files.folder.appending(path: "none.pem").path] {
                    environment["HAZINA_TRUSTED_CA"] = path
                    let outcome = try await HazinaProcess.run("serve", environment: environment)
                    #expect(outcome.status == 78)
                    #expect(outcome.errors.contains("Check HAZINA_TRUSTED_CA."))
                    #expect(outcome.errors.contains(path))
                }
            }
        }
    }

    @Test func `a certificate that has ended is told of`() {
        let now = Date(timeIntervalSince1970: 1_900_000_000)
        let ended = CertificateChecks.verdict(expiry: now.addingTimeInterval(-1), now: now)
        #expect(Finding("certificate", ended).isFailure)
        let good = CertificateChecks.verdict(expiry: now.addingTimeInterval(86_400 * 15), now: now)
        #expect(good == .ok("valid until 2030-04-01T17:46:40Z"))
    }
}
