import Foundation
import TestSupport
import Testing

/// Keys that are revoked while they are in use, against two built servers on one database.
@Suite(
    .enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"), .timeLimit(.minutes(5)))
struct RevocationTests {
    private func send(_ query: String, _ key: String, _ port: Int) async throws -> JSON {
        let body = JSON.object(["query": .string(query)])
        let answer = try await OneRequest.send(
            "POST", "/graphql", port: port,
            headers: ["Content-Type": "application/json", "x-api-key": key],
            body: String(decoding: try body.bytes, as: UTF8.self))
        let start = try #require(answer.firstRange(of: "\r\n\r\n")).upperBound
        return try JSON(bytes: Array(answer[start...].utf8))
    }

    /// Deposits 1 so many times at once, over both servers.
    /// - Returns: what each was answered.
    private func deposits(
        _ count: Int, to asset: String, _ key: String, _ ports: [Int]
    ) async throws -> [String?] {
        try await withThrowingTaskGroup(of: String?.self) { tasks in
            for number in 0..<count {
                tasks.addTask {
                    let query = """
                        mutation { answer: addAssetLiquidity(input: {
                            assetId: "\(asset)", amount: 1, id: "\(UUID().uuidString)"}) { code } }
                        """
                    return try await send(query, key, ports[number % 2]).data.answer.code.text
                }
            }
            return try await tasks.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func `what is revoked on one server fails at once on all, also in full use`() async throws
    {
        try await CommandDatabase.with { database in
            #expect(
                try await HazinaProcess.run("migrate", environment: database.environment).status
                    == 0)
            let servers = [
                try HazinaProcess(["serve"], database.environment),
                try HazinaProcess(["serve"], database.environment),
            ]
            var ports: [Int] = []
            for server in servers { ports.append(try #require(try await server.port())) }
            let tenant = try await send(
                #"mutation { answer: createTenant(input: {name: "Acme"}) { apiKey } }"#,
                CommandDatabase.key, ports[0])
            let admin = try tenant.data.answer.apiKey.required()
            let made = try await send(
                #"mutation { answer: createAsset(input: {code: "EUR", scale: 2}) { asset { id } } }"#,
                admin, ports[0])
            let asset = try made.data.answer.asset.id.required()
            for round in 1...3 {
                let spare = try await send(
                    "mutation { answer: createTenantKey(input: {}) { apiKey tenantKey { id } } }",
                    admin, ports[0])
                let key = try spare.data.answer.apiKey.required()
                let id = try spare.data.answer.tenantKey.id.required()
                let before = try await deposits(60, to: asset, key, ports)
                #expect(before.allSatisfy { $0 == "200" })
                let revoked = try await send(
                    #"mutation { answer: revokeTenantKey(input: {id: "\#(id)"}) { code } }"#, admin,
                    ports[round % 2])
                #expect(revoked.data.answer.code == "200")
                let after = try await deposits(60, to: asset, key, ports)
                #expect(after.allSatisfy { $0 == "401" })
                let answer = try await send(
                    #"{ asset(id: "\#(asset)") { liquidity } }"#, key, ports[0])
                #expect(answer.errors[0].extensions.code == "UNAUTHENTICATED")
                let balance = try await send(
                    #"{ asset(id: "\#(asset)") { liquidity } }"#, admin, ports[1])
                #expect(balance.data.asset.liquidity == .string("\(round * 60)"))
            }
            for server in servers {
                server.stop()
                #expect(await server.end().status == 0)
            }
        }
    }
}
