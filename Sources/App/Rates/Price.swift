import BigInt

/// The price of one whole unit of a currency in a base common to all: an exact decimal above 0.
package struct Price: Sendable {
    /// The longest text, in bytes.
    static let maximumBytes = 100
    /// The highest and, negated, the lowest power of ten that counts the last digit.
    static let maximumExponent = 100

    let digits: BigUInt
    /// The price is digits x 10^exponent.
    let exponent: Int

    /// Reads a decimal number as JSON writes it, such as `1.25` or `3e-8`. Nil for anything else,
    /// for zero, with a sign, and beyond the bounds above.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maximumBytes else { return nil }
        var rest = bytes[...]
        guard let whole = Self.takeDigits(&rest), whole.count == 1 || whole.first != 0x30 else {
            return nil
        }
        var fraction: ArraySlice<UInt8> = []
        if rest.first == 0x2E {
            rest = rest.dropFirst()
            guard let digits = Self.takeDigits(&rest) else { return nil }
            fraction = digits
        }
        guard let power = Self.power(rest),
            let digits = BigUInt(String(decoding: whole + fraction, as: UTF8.self)), digits > 0
        else { return nil }
        exponent = power - fraction.count
        guard abs(exponent) <= Self.maximumExponent else { return nil }
        self.digits = digits
    }

    /// One digit or more from the start of `rest`; nil without any.
    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let digits = rest.prefix { (0x30...0x39).contains($0) }
        rest = rest[digits.endIndex...]
        return digits.isEmpty ? nil : digits
    }

    /// The power of ten of `e-8` and the like, 0 of nothing; nil for anything else.
    private static func power(_ text: ArraySlice<UInt8>) -> Int? {
        guard let first = text.first else { return 0 }
        guard first | 0x20 == 0x65 else { return nil }
        return Int(String(decoding: text.dropFirst(), as: UTF8.self))
            .flatMap { (-1000...1000).contains($0) ? $0 : nil }
    }
}

extension Price: Equatable {
    package static func == (one: Price, other: Price) -> Bool {
        let lower = min(one.exponent, other.exponent)
        return one.digits * .powerOfTen(one.exponent - lower)
            == other.digits * .powerOfTen(other.exponent - lower)
    }
}

extension BigUInt {
    /// 10^`exponent`; the exponent is not negative.
    static func powerOfTen(_ exponent: Int) -> BigUInt { BigUInt(10).power(exponent) }
}
