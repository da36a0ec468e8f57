import App
import Testing

@Suite struct ExchangeRateTests {
    private static func rate(
        _ source: String, _ destination: String, _ sourceScale: Int, _ destinationScale: Int
    ) throws -> ExchangeRate {
        ExchangeRate(
            source: try #require(Price(source)), destination: try #require(Price(destination)),
            sourceScale: sourceScale, destinationScale: destinationScale)
    }

    @Test(arguments: [
        ("1", "1.0"), ("1.25", "125e-2"), ("0.1", "1E-1"), ("100", "1e+2"), ("12.50", "12.5"),
        ("0.000000000000000001", "1e-18"),
    ])
    func `a price is the same however it is written`(_ one: String, _ other: String) throws {
        #expect(try #require(Price(one)) == #require(Price(other)))
    }

    @Test(arguments: [
        "", "0", "0.0", "0e5", "-1", "+1", "01", "1.", ".5", "1e", "1e+", "1.5.5", "1,5", " 1",
        "1 ",
        "0x10", "NaN", "inf", "1e101", "1e-101", "1e99999999999999999999", "\"1\"", "١", "1_000",
        String(repeating: "9", count: 101),
    ])
    func `what is no decimal above zero, or beyond bounds, is no price`(_ text: String) {
        #expect(Price(text) == nil)
    }

    @Test(arguments: [
        ("1", "2", 9, 9, "1/2"),
        ("2", "1", 9, 9, "2/1"),
        ("1", "1.1602", 2, 2, "5000/5801"),
        ("1.1602", "1", 2, 2, "5801/5000"),
        ("1", "2", 2, 6, "5000/1"),
        ("1", "1.5", 9, 6, "1/1500"),
        ("1.25", "1.25", 2, 2, "1/1"),
    ])
    func `a rate is a reduced fraction of prices and scales`(
        _ source: String, _ destination: String, _ sourceScale: Int, _ destinationScale: Int,
        _ fraction: String
    ) throws {
        let rate = try Self.rate(source, destination, sourceScale, destinationScale)
        #expect(rate.description == fraction)
    }

    @Test func `assets of one code differ by their scales alone`() {
        #expect(ExchangeRate.sameCode(sourceScale: 2, destinationScale: 2).description == "1/1")
        #expect(
            ExchangeRate.sameCode(sourceScale: 2, destinationScale: 9).delivered(by: 5)
                == 50_000_000)
        let toCents = ExchangeRate.sameCode(sourceScale: 9, destinationScale: 2)
        #expect(toCents.required(for: 100) == 1_000_000_000)
        #expect(toCents.delivered(by: 9_999_999) == 0)
    }

    @Test func `deliveries round down and what is required rounds up`() throws {
        let third = try Self.rate("1", "3", 0, 0)
        #expect(third.delivered(by: 2) == 0)
        #expect(third.delivered(by: 299) == 99)
        #expect(third.required(for: 1) == 3)
        let thrice = try Self.rate("3", "1", 0, 0)
        #expect(thrice.delivered(by: 2) == 6)
        #expect(thrice.required(for: 7) == 3)
        #expect(thrice.required(for: 0) == 0)
    }

    @Test func `what does not fit into 64 bits is nothing`() throws {
        let double = try Self.rate("2", "1", 0, 0)
        #expect(double.delivered(by: .max) == nil)
        #expect(double.delivered(by: UInt64.max / 2) == UInt64.max - 1)
        #expect(double.required(for: .max) == UInt64.max / 2 + 1)
        let half = try Self.rate("1", "2", 0, 0)
        #expect(half.required(for: .max) == nil)
        let same = ExchangeRate.sameCode(sourceScale: 255, destinationScale: 255)
        #expect(same.delivered(by: .max) == .max)
        #expect(same.required(for: .max) == .max)
        let wide = try Self.rate("1e100", "1e-100", 0, 255)
        #expect(wide.delivered(by: 1) == nil)
        #expect(wide.required(for: 1) == 1)
        let narrow = try Self.rate("1e-100", "1e100", 255, 0)
        #expect(narrow.delivered(by: .max) == 0)
        #expect(narrow.required(for: 1) == nil)
    }

    @Test func `the least that is required delivers, and one less does not`() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let source = UInt64.random(in: 1...1_000_000, using: &random)
            let destination = UInt64.random(in: 1...1_000_000, using: &random)
            let scales = (Int.random(in: 0...6, using: &random), Int.random(in: 0...6))
            let rate = try Self.rate("\(source)e-3", "\(destination)e-2", scales.0, scales.1)
            let receive = UInt64.random(in: 1...1_000_000_000, using: &random)
            let send = try #require(rate.required(for: receive))
            #expect(try #require(rate.delivered(by: send)) >= receive, "\(rate) \(receive)")
            #expect(try #require(rate.delivered(by: send - 1)) < receive, "\(rate) \(receive)")
        }
    }

    @Test func `the approximation is the nearest double`() throws {
        for _ in 0..<2_000 {
            let source = UInt64.random(in: 1...(1 << 53))
            let destination = UInt64.random(in: 1...(1 << 53))
            // Both are exact doubles, so that IEEE division gives the nearest one.
            let rate = try Self.rate("\(source)", "\(destination)", 7, 7)
            #expect(rate.approximation == Double(source) / Double(destination))
        }
        #expect(try Self.rate("0.1", "1", 0, 0).approximation == 0.1)
        #expect(try Self.rate("1.1602", "1", 2, 2).approximation == 1.1602)
    }

    @Test func `the approximation is finite and above zero, however wide the fraction`() throws {
        #expect(try Self.rate("1e100", "1e-100", 0, 255).approximation == .greatestFiniteMagnitude)
        #expect(try Self.rate("1e-100", "1e100", 255, 0).approximation == .leastNonzeroMagnitude)
        #expect(try Self.rate("1e100", "1e-100", 0, 100).approximation == 1e300)
        #expect(try Self.rate("1e-100", "1e100", 100, 0).approximation == 1e-300)
    }
}
