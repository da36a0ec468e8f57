/// What a payment between two assets takes and gives: the fee comes off what is sent, and the rest
/// is exchanged.
package struct Pricing: Sendable {
    /// Both sides of a payment. What is sent less the fee is worth `receive` or a fraction more,
    /// which stays with the liquidity of the assets.
    package struct Amounts: Sendable, Equatable {
        /// In the smallest unit of the source, the fee included.
        package let send: UInt64
        /// In the smallest unit of the source.
        package let fee: UInt64
        /// In the smallest unit of the destination, above 0.
        package let receive: UInt64

        package init(send: UInt64, fee: UInt64, receive: UInt64) {
            self.send = send
            self.fee = fee
            self.receive = receive
        }
    }

    package let rate: ExchangeRate
    package let fee: Fee

    package init(rate: ExchangeRate, fee: Fee = .none) {
        self.rate = rate
        self.fee = fee
    }

    /// What exactly `send` gives; nil if that is nothing, or more than 2^64-1.
    package func sending(_ send: UInt64) -> Amounts? {
        guard let fee = fee.on(send), let receive = rate.delivered(by: send - fee), receive > 0
        else { return nil }
        return Amounts(send: send, fee: fee, receive: receive)
    }

    /// The least that must be sent for exactly `receive`; nil if nothing up to 2^64-1 does, and for
    /// a `receive` of 0.
    package func receiving(_ receive: UInt64) -> Amounts? {
        // Worth `receive` when rounded down is the same as no less than `required` units.
        guard receive > 0, let net = rate.required(for: receive),
            let send = fee.leastSend(leaving: net), let fee = fee.on(send)
        else { return nil }
        return Amounts(send: send, fee: fee, receive: receive)
    }
}
