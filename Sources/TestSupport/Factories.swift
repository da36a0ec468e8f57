package import App
package import Foundation

/// What most tests need: tenants, payment pointers and sessions, made through the API.
extension GraphQLTester {
    package struct TestTenant: Sendable {
        package let id: String
        package let key: String
        package var credentials: Credentials { .tenant(key) }
    }

    package struct Unexpected: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    package func makeTenant(_ name: String = "Acme") async throws -> TestTenant {
        let answer = try await mutate(
            """
            mutation($name: String!) {
              createTenant(input: {name: $name}) { code message tenant { id } apiKey }
            }
            """, ["name": .string(name)], as: .operator)
        return TestTenant(
            id: try answer.tenant.id.required(), key: try answer.apiKey.required())
    }

    /// - Returns: the payment pointer's id.
    package func makePaymentPointer(
        _ url: String = "https://wallet.example/\(Int.random(in: 0...Int.max))",
        code: String = "USD", scale: Int = 2, as credentials: Credentials
    ) async throws -> String {
        try await mutate(
            """
            mutation($input: CreatePaymentPointerInput!) {
              createPaymentPointer(input: $input) { code message paymentPointer { id } }
            }
            """,
            [
                "input": [
                    "url": .string(url),
                    "asset": ["code": .string(code), "scale": .number(Double(scale))],
                ]
            ], as: credentials
        ).paymentPointer.id.required()
    }

    /// - Returns: the peer's id.
    package func makePeer(
        _ address: String = "test.peer", code: String = "USD", scale: Int = 2,
        tokens: [String] = [], as credentials: Credentials
    ) async throws -> String {
        try await mutate(
            """
            mutation($input: CreatePeerInput!) {
              createPeer(input: $input) { code message peer { id } }
            }
            """,
            [
                "input": [
                    "staticIlpAddress": .string(address),
                    "asset": ["code": .string(code), "scale": .number(Double(scale))],
                    "http": [
                        "incoming": ["authTokens": .list(tokens.map { .string($0) })],
                        "outgoing": [
                            "authToken": "to-the-peer", "endpoint": "https://peer.example/ilp",
                        ],
                    ],
                ]
            ], as: credentials
        ).peer.id.required()
    }

    package func deposit(
        _ amount: UInt64, toPeer peer: String, id: UUID = UUID(), as credentials: Credentials
    ) async throws {
        _ = try await mutate(
            "mutation($input: AddPeerLiquidityInput!) { addPeerLiquidity(input: $input) { code } }",
            [
                "input": [
                    "peerId": .string(peer), "amount": .string("\(amount)"),
                    "id": .string(id.uuidString),
                ]
            ], as: credentials)
    }

    package func deposit(
        _ amount: UInt64, toAsset asset: String, id: UUID = UUID(), as credentials: Credentials
    ) async throws {
        _ = try await mutate(
            """
            mutation($input: AddAssetLiquidityInput!) { addAssetLiquidity(input: $input) { code } }
            """,
            [
                "input": [
                    "assetId": .string(asset), "amount": .string("\(amount)"),
                    "id": .string(id.uuidString),
                ]
            ], as: credentials)
    }

    /// - Returns: the key's id and its secret.
    package func makeApiKey(
        _ paymentPointer: String, expiresAt: String? = nil, as credentials: Credentials
    ) async throws -> (id: String, key: String) {
        let answer = try await mutate(
            """
            mutation($input: CreateApiKeyInput!) {
              createApiKey(input: $input) { code message apiKey { id key } }
            }
            """,
            [
                "input": [
                    "paymentPointerId": .string(paymentPointer),
                    "expiresAt": expiresAt.map { .string($0) } ?? .null,
                ]
            ], as: credentials)
        return (try answer.apiKey.id.required(), try answer.apiKey.key.required())
    }

    package func redeem(_ key: String, _ paymentPointer: String) async throws -> JSON {
        try await send(
            """
            mutation($key: String!, $id: String!) {
              redeemApiKey(input: {key: $key, paymentPointerId: $id}) {
                code success message session { key expiresAt }
              }
            }
            """, ["key": .string(key), "id": .string(paymentPointer)], as: .nobody
        ).data.redeemApiKey
    }

    /// - Returns: the key of a new session.
    package func makeSession(
        _ paymentPointer: String, as credentials: Credentials
    ) async throws -> String {
        let key = try await makeApiKey(paymentPointer, as: credentials).key
        return try await redeem(key, paymentPointer).session.key.required()
    }

    /// Sends one mutation that must succeed. - Returns: its answer.
    package func mutate(
        _ query: String, _ variables: [String: JSON] = [:], as credentials: Credentials
    ) async throws -> JSON {
        let response = try await send(query, variables, as: credentials)
        guard case .object(let data) = response.data, let answer = data.values.first,
            answer.code == "200"
        else { throw Unexpected(description: "\(response)") }
        return answer
    }
}

extension JSON {
    /// The text that must be there.
    package func required() throws -> String {
        guard let text else {
            throw GraphQLTester.Unexpected(description: "no text but \(self)")
        }
        return text
    }
}
