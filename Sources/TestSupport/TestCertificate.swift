package import Foundation
import NIOSSL

/// A certificate that vouches for itself, and its key, in files that openssl makes.
package struct TestCertificate: Sendable {
    /// Where they are, in PEM.
    package let path: String
    package let keyPath: String

    /// Makes both, in place of those that are there.
    /// - Parameter subject: whom it is for, as openssl writes it.
    package init(
        in folder: URL, named name: String = "server", for subject: String = "IP:127.0.0.1",
        days: Int = 30
    ) async throws {
        path = folder.appending(path: "\(name).pem").path
        keyPath = folder.appending(path: "\(name).key").path
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "\(days)", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=\(subject)", "-keyout", keyPath, "-out", path,
        ]
        process.standardError = FileHandle.nullDevice
        let (statuses, ended) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { ended.yield($0.terminationStatus) }
        try process.run()
        var iterator = statuses.makeAsyncIterator()
        guard await iterator.next() == 0 else {
            throw GraphQLTester.Unexpected(description: "openssl made no certificate")
        }
    }

    /// Runs `body` with a folder that is removed afterwards.
    package static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = URL(filePath: NSTemporaryDirectory())
            .appending(path: "hazina-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    /// What a server needs to present it.
    func context() throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: NIOSSLCertificate.fromPEMFile(path).map { .certificate($0) },
                privateKey: .privateKey(NIOSSLPrivateKey(file: keyPath, format: .pem))))
    }
}
