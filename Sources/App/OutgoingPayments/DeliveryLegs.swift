import Foundation
import Ledger

/// The movements of money that carry a payment out. Where money is exchanged, the liquidity of the
/// paying tenant's assets takes and gives it.
struct DeliveryLegs: Sendable {
    private(set) var transfers: [Transfer] = []
    /// The account whose shortage means that there is too little liquidity for now.
    private let liquidity: UUID

    /// - Parameters:
    ///   - destination: the account that is credited, in an asset of the paying tenant.
    ///   - destinationAsset: that asset.
    ///   - feeAccount: where the fee goes, if there is one.
    init(
        _ payment: OutgoingPayment, to destination: UUID, in destinationAsset: AssetID,
        feeAccount: UUID?
    ) {
        let quote = payment.quote
        let account = payment.id.uuid
        let source = quote.assetID
        let net = quote.sendAmount.value - quote.feeAmount.value
        let receive = quote.receiveAmount.value
        liquidity = destinationAsset.uuid
        if let feeAccount { add(account, feeAccount, quote.feeAmount.value) }
        guard source == destinationAsset else {
            add(account, source.uuid, net)
            add(destinationAsset.uuid, destination, receive)
            return
        }
        add(account, destination, min(net, receive))
        // The quote's amounts are executed, whatever is left of one or lacks to the other.
        if net > receive { add(account, source.uuid, net - receive) }
        if receive > net { add(source.uuid, destination, receive - net) }
    }

    private mutating func add(_ debit: UUID, _ credit: UUID, _ amount: UInt64) {
        guard amount > 0 else { return }
        transfers.append(
            Transfer(id: UUIDv7.next(), debit: debit, credit: credit, amount: amount))
    }

    /// What it means that the ledger refused a leg.
    func failure(_ error: LedgerError) -> PaymentFailure {
        switch error.reason {
        case .insufficientBalance
        where transfers.indices.contains(error.leg) && transfers[error.leg].debit == liquidity:
            .insufficientLiquidity
        case .balanceTooLarge: .balanceTooLarge
        default: .unavailable
        }
    }
}
