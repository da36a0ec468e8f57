import Foundation
import Postgres

/// Who is to be paid: an incoming payment on this server.
struct Payee: Sendable {
    let tenantID: TenantID
    let payment: IncomingPayment
    /// The moment at which it was read.
    let moment: Timestamp

    var isOpen: Bool { payment.isOpen(at: moment) }
}

/// Finds who a receiver's URL belongs to. Receivers on other servers are not found: this is the
/// place where another way to them would begin.
struct PayeeFinder: Sendable {
    private static let folder = "/incoming-payments/"

    let repository: PayeeRepository

    /// Looks at the payer's tenant first, where most receivers are.
    /// - Returns: nil unless the URL is that of an incoming payment on this server which may still
    ///   receive money.
    func find(_ receiver: String, payer tenant: TenantID) async throws -> Payee? {
        guard let (url, id) = Self.parse(receiver) else { return nil }
        var payee = try await repository.payee(id, at: url, tenant: tenant)
        if payee == nil, let place = try await repository.place(of: url), place.tenant != tenant {
            payee = try await repository.payee(id, of: place.pointer, tenant: place.tenant)
        }
        return payee.flatMap { $0.isOpen ? $0 : nil }
    }

    /// `<payment pointer>/incoming-payments/<36 characters>`.
    static func parse(_ receiver: String) -> (PaymentPointerURL, IncomingPaymentID)? {
        guard let id = IncomingPaymentID(String(receiver.suffix(36))) else { return nil }
        let rest = receiver.dropLast(36)
        guard rest.hasSuffix(folder),
            let url = try? PaymentPointerURL(String(rest.dropLast(folder.count)))
        else { return nil }
        return (url, id)
    }
}
