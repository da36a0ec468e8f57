import BigInt

/// How many of the smallest units of one asset are worth one smallest unit of another: an exact
/// fraction above 0, in lowest terms.
package struct ExchangeRate: Sendable, Equatable {
    let numerator: BigUInt
    let denominator: BigUInt

    /// price(source) / price(destination) x 10^(destination scale - source scale).
    /// - Parameters:
    ///   - sourceScale: 0 to 255, as the destination's.
    package init(source: Price, destination: Price, sourceScale: Int, destinationScale: Int) {
        self.init(
            source.digits, destination.digits,
            power: source.exponent - destination.exponent + destinationScale - sourceScale)
    }

    /// The rate between assets of one currency, which needs no price.
    package static func sameCode(sourceScale: Int, destinationScale: Int) -> ExchangeRate {
        ExchangeRate(1, 1, power: destinationScale - sourceScale)
    }

    private init(_ numerator: BigUInt, _ denominator: BigUInt, power: Int) {
        let numerator = numerator * .powerOfTen(max(0, power))
        let denominator = denominator * .powerOfTen(max(0, -power))
        let divisor = numerator.greatestCommonDivisor(with: denominator)
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    /// What `send` of the source's smallest units are worth, rounded down; nil above 2^64-1.
    package func delivered(by send: UInt64) -> UInt64? {
        UInt64(exactly: BigUInt(send) * numerator / denominator)
    }

    /// The fewest of the source's smallest units that are worth `receive`; nil above 2^64-1.
    package func required(for receive: UInt64) -> UInt64? {
        UInt64(exactly: (BigUInt(receive) * denominator + numerator - 1) / numerator)
    }

    /// The nearest finite number above 0 in floating point, to show.
    package var approximation: Double {
        // Enough bits that those of the quotient beyond 64 only decide ties.
        let shift = 66 + denominator.bitWidth - numerator.bitWidth
        let (quotient, remainder) =
            shift >= 0
            ? (numerator << shift).quotientAndRemainder(dividingBy: denominator)
            : numerator.quotientAndRemainder(dividingBy: denominator << -shift)
        guard var bits = UInt128(exactly: quotient) else { return .greatestFiniteMagnitude }
        if remainder > 0 { bits |= 1 }
        let value = Double(sign: .plus, exponent: -shift, significand: Double(bits))
        return min(max(value, .leastNonzeroMagnitude), .greatestFiniteMagnitude)
    }
}

extension ExchangeRate: CustomStringConvertible {
    package var description: String { "\(numerator)/\(denominator)" }
}
