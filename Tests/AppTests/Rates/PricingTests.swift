import App
import Testing

@Suite struct PricingTests {
    private static func rate(_ numerator: UInt64, _ denominator: UInt64) throws -> ExchangeRate {
        ExchangeRate(
            source: try #require(Price("\(numerator)")),
            destination: try #require(Price("\(denominator)")), sourceScale: 2,
            destinationScale: 2)
    }

    @Test(arguments: [(-1, false), (0, true), (10_000, true), (10_001, false)])
    func `a fee takes no less than nothing and no more than everything`(
        _ basisPoints: Int, _ isAllowed: Bool
    ) {
        #expect((Fee(fixed: 0, basisPoints: basisPoints) != nil) == isAllowed)
    }

    @Test func `a fee is its fixed part and a share that is rounded up`() throws {
        let fee = try #require(Fee(fixed: 30, basisPoints: 25))
        #expect(fee.on(10_000) == 55)
        #expect(fee.on(10_001) == 56)
        #expect(fee.on(31) == 31)
        #expect(fee.on(30) == nil)
        #expect(Fee.none.on(0) == 0)
        #expect(try #require(Fee(fixed: 0, basisPoints: 10_000)).on(.max) == .max)
        #expect(try #require(Fee(fixed: .max, basisPoints: 1)).on(.max) == nil)
    }

    @Test func `a fixed amount to send gives what is left after the fee, rounded down`() throws {
        let pricing = Pricing(
            rate: try Self.rate(1, 2), fee: try #require(Fee(fixed: 3, basisPoints: 100)))
        #expect(pricing.sending(123) == Pricing.Amounts(send: 123, fee: 5, receive: 59))
        #expect(pricing.sending(5) == nil)
        #expect(pricing.sending(6) == Pricing.Amounts(send: 6, fee: 4, receive: 1))
    }

    @Test func `a fixed amount to receive takes the least that gives it`() throws {
        let plain = Pricing(rate: try Self.rate(1, 2))
        #expect(plain.receiving(56) == Pricing.Amounts(send: 112, fee: 0, receive: 56))
        let pricing = Pricing(
            rate: try Self.rate(1, 2), fee: try #require(Fee(fixed: 3, basisPoints: 100)))
        #expect(pricing.receiving(59) == Pricing.Amounts(send: 123, fee: 5, receive: 59))
        #expect(pricing.receiving(1) == Pricing.Amounts(send: 6, fee: 4, receive: 1))
    }

    @Test func `nothing, and what cannot be, has no price`() throws {
        let all = Pricing(
            rate: try Self.rate(1, 1), fee: try #require(Fee(fixed: 0, basisPoints: 10_000)))
        #expect(all.sending(.max) == nil)
        #expect(all.receiving(1) == nil)
        let plain = Pricing(rate: try Self.rate(1, 1))
        #expect(plain.sending(0) == nil)
        #expect(plain.receiving(0) == nil)
        #expect(plain.receiving(.max)?.send == .max)
        let dear = Pricing(
            rate: try Self.rate(1, 1), fee: try #require(Fee(fixed: 1, basisPoints: 0)))
        #expect(dear.receiving(.max) == nil)
        #expect(dear.receiving(.max - 1)?.send == .max)
        let nearlyAll = Pricing(
            rate: try Self.rate(1, 1), fee: try #require(Fee(fixed: 0, basisPoints: 9_999)))
        #expect(nearlyAll.receiving(1)?.send == 10_000)
        #expect(nearlyAll.receiving(.max) == nil)
    }

    @Test func `on small numbers it finds what trying every amount finds`() throws {
        let shares = [0, 1, 33, 100, 2_500, 3_333, 5_000, 9_000, 9_990, 9_999, 10_000]
        for (numerator, denominator) in [(1, 1), (1, 2), (2, 1), (3, 7), (7, 3), (99, 100)] {
            let rate = try Self.rate(UInt64(numerator), UInt64(denominator))
            for basisPoints in shares {
                for fixed in [0, 1, 7] as [UInt64] {
                    let fee = try #require(Fee(fixed: fixed, basisPoints: basisPoints))
                    check(Pricing(rate: rate, fee: fee), numerator, denominator)
                }
            }
        }
    }

    /// Compares with floor((S - fee) x rate), counted out for each S up to a limit.
    private func check(_ pricing: Pricing, _ numerator: Int, _ denominator: Int) {
        let limit = 400
        var least: [Int: Int] = [:]
        var last = 0
        for send in 0...limit {
            let share = (send * pricing.fee.basisPoints + 9_999) / 10_000
            let net = send - Int(pricing.fee.fixed) - share
            let receive = net < 0 ? 0 : net * numerator / denominator
            let amounts = pricing.sending(UInt64(send))
            #expect(amounts.map { Int($0.receive) } ?? 0 == receive, "\(pricing) \(send)")
            #expect(receive >= last, "more to send never gives less: \(pricing) \(send)")
            while last < receive {
                last += 1
                least[last] = send
            }
        }
        for receive in 1...60 {
            let found = pricing.receiving(UInt64(receive))
            guard let send = least[receive] else {
                #expect(found.map { $0.send > UInt64(limit) } ?? true, "\(pricing) \(receive)")
                continue
            }
            #expect(found?.send == UInt64(send), "\(pricing) \(receive)")
            #expect(found?.receive == UInt64(receive))
            #expect(found?.fee == pricing.fee.on(UInt64(send)))
        }
    }

    @Test func `on large numbers the least amount delivers, and one less does not`() throws {
        for _ in 0..<2_000 {
            let rate = try Self.rate(
                .random(in: 1...1_000_000_000), .random(in: 1...1_000_000_000))
            let fee = try #require(
                Fee(fixed: .random(in: 0...10_000), basisPoints: .random(in: 0...9_999)))
            let pricing = Pricing(rate: rate, fee: fee)
            let receive = UInt64.random(in: 1...(1 << 60))
            guard let amounts = pricing.receiving(receive) else { continue }
            #expect(amounts.fee == fee.on(amounts.send))
            if let sent = pricing.sending(amounts.send) { #expect(sent.receive >= receive) }
            if let less = pricing.sending(amounts.send - 1) { #expect(less.receive < receive) }
        }
    }
}
