import Foundation
import NIOSSL

/// Those whose certificates are accepted beside the ones that the system trusts.
package struct TrustedAuthorities: Sendable {
    /// Why a file cannot be used, in words for the person who set it.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static let systemAlone = TrustedAuthorities(certificates: [])

    private let certificates: [NIOSSLCertificate]

    private init(certificates: [NIOSSLCertificate]) {
        self.certificates = certificates
    }

    /// Reads a file of one or more certificates in PEM.
    /// - Throws: `Failure`.
    package init(path: String) throws {
        guard let pem = FileManager.default.contents(atPath: path) else {
            throw Failure(description: "the authorities in '\(path)' cannot be read")
        }
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(Array(pem)),
            !certificates.isEmpty
        else { throw Failure(description: "there is no certificate in PEM in '\(path)'") }
        self.init(certificates: certificates)
    }

    /// How connections are encrypted: by TLS 1.2 or later, with the host's name verified.
    var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if !certificates.isEmpty {
            configuration.additionalTrustRoots = [.certificates(certificates)]
        }
        return configuration
    }
}

extension OutboundError {
    /// nil for an error that is none of TLS.
    init?(tls error: any Error, host: String) {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError(let stack))
        where stack.description.contains("CERTIFICATE_VERIFY_FAILED"):
            self = .certificate(host: host)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            self = .certificate(host: host)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            self = .failed(host: host, reason: "TLS failed")
        default: return nil
        }
    }
}
