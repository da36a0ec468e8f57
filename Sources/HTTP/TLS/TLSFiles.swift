package import Foundation
import NIOSSL
import Synchronization

/// The server's certificate and key, as they stand in files of PEM. They can be read anew while
/// connections go on.
package final class TLSFiles: Sendable {
    /// Why files cannot be used, in words for the person who set them.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let certificatePath: String
    package let keyPath: String
    private let current: Mutex<Loaded>

    private struct Loaded {
        let context: NIOSSLContext
        let expiry: Date
    }

    /// Reads the files.
    /// - Parameter certificatePath: the server's certificate, and after it those that vouch for it.
    /// - Throws: `Failure`.
    package init(certificatePath: String, keyPath: String) throws {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
        current = Mutex(try Self.load(certificatePath, keyPath))
    }

    /// Reads the files again. New connections have what they hold now; if they cannot be used, all
    /// stays as it is.
    /// - Throws: `Failure`.
    package func reload() throws {
        let loaded = try Self.load(certificatePath, keyPath)
        current.withLock { $0 = loaded }
    }

    /// When the certificate ends.
    package var expiry: Date { current.withLock { $0.expiry } }

    var context: NIOSSLContext { current.withLock { $0.context } }

    private static func load(_ certificatePath: String, _ keyPath: String) throws -> Loaded {
        let chain: [NIOSSLCertificate] = try read(certificatePath, "certificate") {
            try NIOSSLCertificate.fromPEMBytes($0)
        }
        guard let first = chain.first else {
            throw Failure(description: "there is no certificate in '\(certificatePath)'")
        }
        let key: NIOSSLPrivateKey = try read(keyPath, "key") {
            try NIOSSLPrivateKey(bytes: $0, format: .pem)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        do {
            return Loaded(
                context: try NIOSSLContext(configuration: configuration),
                expiry: Date(timeIntervalSince1970: TimeInterval(first.notValidAfter)))
        } catch {
            throw Failure(
                description: "the key in '\(keyPath)' does not belong to the certificate in "
                    + "'\(certificatePath)'")
        }
    }

    private static func read<Value>(
        _ path: String, _ what: String, _ parse: ([UInt8]) throws -> Value
    ) throws -> Value {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw Failure(description: "the \(what) '\(path)' cannot be read")
        }
        do {
            return try parse([UInt8](bytes))
        } catch {
            throw Failure(description: "'\(path)' holds no \(what) in PEM")
        }
    }
}
