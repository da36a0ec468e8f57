import Crypto
import Foundation

/// What proves to a receiver who sent a request, and when: `t=<unix seconds>, v1=<hex>`, where the
/// latter is the HMAC-SHA256 of `<t>.<canonical JSON of the body>` with the receiver's secret.
/// While a secret is being rotated there is a `v1` for each of the two.
package enum WebhookSignature {
    /// The documented name of the header, and one of our own with the same value.
    package static let headers = ["Rafiki-Signature", "Hazina-Signature"]

    /// - Parameters:
    ///   - body: canonical JSON.
    ///   - secrets: the present one first.
    package static func header(of body: String, at time: Int, secrets: [String]) -> String {
        let signatures = secrets.map { "v1=" + signature(of: body, at: String(time), $0) }
        return (["t=\(time)"] + signatures).joined(separator: ", ")
    }

    /// What is wrong with a header.
    package enum Fault: Sendable, Equatable {
        case malformed
        case wrong
        /// Signed so many seconds before (or, negative, after) now.
        case tooOld(seconds: Int)
    }

    /// Checks a header as a receiver does.
    /// - Parameters:
    ///   - tolerance: how many seconds the signature may be from `now`.
    /// - Returns: nil if one of the signatures is right.
    package static func fault(
        in header: String, body: String, secret: String, now: Int, tolerance: Int = 300
    ) -> Fault? {
        var time: String?
        var signatures: [Substring] = []
        for part in header.split(separator: ",") {
            let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { return .malformed }
            if pair[0] == "t" { time = String(pair[1]) }
            if pair[0] == "v1" { signatures.append(pair[1]) }
        }
        guard let time, let seconds = Int(time), !signatures.isEmpty else { return .malformed }
        let expected = Array(signature(of: body, at: time, secret).utf8)
        let isRight = signatures.reduce(false) { isRight, given in
            isEqual(Array(given.utf8), expected) || isRight
        }
        guard isRight else { return .wrong }
        let (age, overflows) = now.subtractingReportingOverflow(seconds)
        return overflows || age.magnitude > tolerance.magnitude ? .tooOld(seconds: age) : nil
    }

    private static func signature(of body: String, at time: String, _ secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(time).\(body)".utf8), using: SymmetricKey(data: Array(secret.utf8)))
        return code.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// In a time that does not tell where they differ.
    private static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
