import Foundation
package import Postgres

/// What a payment costs. Its amounts are what is executed.
package struct Quote: Sendable {
    package let id: QuoteID
    package let tenantID: TenantID
    package let paymentPointerID: PaymentPointerID
    /// The asset that is sent.
    package let assetID: AssetID
    /// As it was given.
    package let receiver: String
    package let receiverTenantID: TenantID
    package let receiverPaymentID: IncomingPaymentID
    /// What leaves the payment pointer, the fee included.
    package let sendAmount: Amount
    /// The part of it that the tenant keeps.
    package let feeAmount: Amount
    package let receiveAmount: Amount
    /// What a smallest unit is worth, after the fee.
    package let exchangeRate: Double
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
}

package typealias QuoteID = ID<Quote>

extension Quote: PageNode {
    package var cursor: String { id.description }
}

/// A quote that is to be made.
struct NewQuote: Sendable {
    let id: QuoteID
    let pointer: PaymentPointer
    let receiver: String
    let payee: Payee
    var amounts: Pricing.Amounts
    let exchangeRate: Double

    var sendAmount: Amount { Amount(amounts.send, of: pointer.asset) }
    var receiveAmount: Amount { payee.payment.receivedAmount.with(amounts.receive) }
}
