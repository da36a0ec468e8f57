/// What a tenant charges for a payment, on top of what is exchanged.
package struct Fee: Sendable, Equatable {
    package static let none = Fee()

    /// In the smallest unit of the asset that is sent.
    package let fixed: UInt64
    /// Hundredths of a percent of the amount that is sent, 0 to 10,000.
    package let basisPoints: Int

    /// Nil unless `basisPoints` is 0 to 10,000.
    package init?(fixed: UInt64, basisPoints: Int) {
        guard Self.allBasisPoints.contains(basisPoints) else { return nil }
        self.fixed = fixed
        self.basisPoints = basisPoints
    }

    private init() {
        fixed = 0
        basisPoints = 0
    }

    package static let allBasisPoints = 0...10_000

    /// The fee on `send`, the part by rate rounded up; nil if it is more than `send`.
    package func on(_ send: UInt64) -> UInt64? {
        let share = (UInt128(send) * UInt128(basisPoints) + 9_999) / 10_000
        let fee = UInt128(fixed) + share
        return fee <= UInt128(send) ? UInt64(fee) : nil
    }

    /// The least amount of which `net` is left after the fee; nil if there is none up to 2^64-1.
    ///
    /// What is left of S is S - fixed - ceil(S x basisPoints / 10000), which is
    /// floor(S x (10000 - basisPoints) / 10000) - fixed and never falls as S grows.
    package func leastSend(leaving net: UInt64) -> UInt64? {
        let kept = UInt128(10_000 - basisPoints)
        guard kept > 0 else { return fixed == 0 && net == 0 ? 0 : nil }
        let needed = (UInt128(net) + UInt128(fixed)) * 10_000
        return UInt64(exactly: (needed + kept - 1) / kept)
    }
}
