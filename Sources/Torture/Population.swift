import Foundation
import TestSupport

/// The tenants of a run: two whose clients move money in the ledger, and two that pay each other.
struct Population: Sendable {
    let books: [Books]
    let holders: [Holder]
    /// What was deposited to the assets of the tenants that pay each other.
    let liquidity: [PaymentInquest.Pot: Int]

    static let deposit = 1_000_000_000_000

    static func make(
        _ api: API, _ journal: Journal, _ random: inout SeededRandom
    ) async throws -> Population {
        var books: [Books] = []
        for number in 1...2 {
            books.append(try await makeBooks("Tenant \(number)", api, journal, &random))
        }
        let tenants = [try await makeTenant("One", api), try await makeTenant("Two", api)]
        var holders: [Holder] = []
        var liquidity: [PaymentInquest.Pot: Int] = [:]
        for (number, tenant) in tenants.enumerated() {
            for code in ["USD", "EUR"] {
                var asset = JSON.null
                for name in ["alice", "bob"] {
                    let url = "https://\(number).example/\(code.lowercased())/\(name)"
                    let pointer = try await makePointer(url, code, api, tenant.apiKey)
                    asset = pointer.asset.id
                    holders.append(
                        Holder(
                            tenant: tenant.id, apiKey: tenant.apiKey,
                            pointer: pointer.id.text ?? "", url: url, code: code))
                }
                try await provide(asset, tenants[1 - number].id, api, tenant.apiKey, &random)
                let pot = PaymentInquest.Pot(tenant: tenant.id, code: code, kind: "asset")
                liquidity[pot] = deposit
            }
        }
        return Population(books: books, holders: holders, liquidity: liquidity)
    }

    private static func makeTenant(
        _ name: String, _ api: API
    ) async throws -> (id: UUID, apiKey: String) {
        let answer = try await api.require(
            """
            mutation($name: String!) {
              answer: createTenant(input: {name: $name}) { code message apiKey tenant { id } } }
            """, ["name": .string(name)], apiKey: ServerProcess.operatorKey)
        guard let id = answer.tenant.id.text.flatMap(UUID.init(uuidString:)),
            let key = answer.apiKey.text
        else { throw TortureError("a new tenant has no key") }
        return (id, key)
    }

    /// A tenant with an asset and peers that have money.
    private static func makeBooks(
        _ name: String, _ api: API, _ journal: Journal, _ random: inout SeededRandom
    ) async throws -> Books {
        let (tenant, apiKey) = try await makeTenant(name, api)
        var peers: [UUID] = []
        var asset: UUID?
        for number in 1...5 {
            let peer = try await api.require(
                Operation.createPeer, Operation.peer("test.peer\(number)"), apiKey: apiKey
            ).peer
            asset = peer.asset.id.text.flatMap(UUID.init(uuidString:))
            peers += [peer.id.text.flatMap(UUID.init(uuidString:))].compactMap { $0 }
        }
        guard let asset else { throw TortureError("a new peer has no asset") }
        let books = Books(tenant: tenant, apiKey: apiKey, asset: asset, peers: peers)
        for peer in peers {
            let deposit = Operation(
                kind: .depositToPeer, books: books, id: random.uuid(), credit: peer,
                amount: UInt64(deposit), idempotencyKey: nil)
            _ = try await api.require(deposit.document, deposit.variables, apiKey: apiKey)
            journal.add(Record(operation: deposit, verdict: .acknowledged, epoch: 0))
        }
        return books
    }

    private static func makePointer(
        _ url: String, _ code: String, _ api: API, _ apiKey: String
    ) async throws -> JSON {
        try await api.require(
            """
            mutation($input: CreatePaymentPointerInput!) {
              answer: createPaymentPointer(input: $input) {
                code message paymentPointer { id asset { id } } } }
            """,
            [
                "input": [
                    "url": .string(url), "publicName": "Holder",
                    "asset": ["code": .string(code), "scale": 2],
                ]
            ], apiKey: apiKey
        ).paymentPointer
    }

    /// Gives an asset liquidity, and lets another tenant owe as much.
    private static func provide(
        _ asset: JSON, _ other: UUID, _ api: API, _ apiKey: String, _ random: inout SeededRandom
    ) async throws {
        _ = try await api.require(
            """
            mutation($input: AddAssetLiquidityInput!) {
              answer: addAssetLiquidity(input: $input) { code message } }
            """,
            [
                "input": [
                    "id": .string(random.uuid().uuidString), "assetId": asset,
                    "amount": .string("\(deposit)"),
                ]
            ], apiKey: apiKey)
        _ = try await api.require(
            """
            mutation($input: SetPositionLimitInput!) {
              answer: setPositionLimit(input: $input) { code message } }
            """,
            [
                "input": [
                    "tenantId": .string(other.uuidString), "assetId": asset,
                    "limit": .string("\(deposit)"),
                ]
            ], apiKey: apiKey)
    }
}
