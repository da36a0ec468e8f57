import Foundation
import HTTP

/// The check of `doctor` that reads the server's certificate and key.
struct CertificateChecks {
    let certificatePath: String
    let keyPath: String

    /// How many days before its end a certificate is worth a warning.
    static let warningDays = 14

    func run(now: Date = Date()) -> Finding {
        do {
            let files = try TLSFiles(certificatePath: certificatePath, keyPath: keyPath)
            return Finding("certificate", Self.verdict(expiry: files.expiry, now: now))
        } catch {
            return Finding(
                "certificate",
                .failure(
                    "\(error)",
                    remedy:
                        "Check HAZINA_TLS_CERTIFICATE and HAZINA_TLS_KEY, and who may read them."
                ))
        }
    }

    static func verdict(expiry: Date, now: Date) -> Finding.Verdict {
        let days = Int((expiry.timeIntervalSince(now) / 86400).rounded(.down))
        let shown = expiry.formatted(.iso8601)
        if days < 0 {
            return .failure(
                "ended at \(shown)", remedy: "Put a new one in its place and send SIGHUP.")
        }
        return days < warningDays
            ? .warning("ends in \(days) days, at \(shown)") : .ok("valid until \(shown)")
    }
}
