package import App
import Foundation

extension GraphQLTester {
    /// - Returns: the client's id.
    package func makeClient(_ name: String = "Shop", as credentials: Credentials) async throws
        -> String
    {
        try await mutate(
            """
            mutation($name: String!) {
              createClient(input: {
                name: $name, uri: "https://shop.example", image: "https://shop.example/logo.png",
                email: "shop@shop.example"
              }) { code message client { id } }
            }
            """, ["name": .string(name)], as: credentials
        ).client.id.required()
    }

    /// - Returns: the key's id.
    package func addKey(
        to client: String, id: String = UUID().uuidString.lowercased(),
        jwk: String = #"{"kty":"OKP"}"#, as credentials: Credentials
    ) async throws -> String {
        _ = try await mutate(
            """
            mutation($input: AddKeyToClientInput!) {
              addKeyToClient(input: $input) { code message }
            }
            """,
            [
                "input": [
                    "id": .string(id), "clientId": .string(client), "jwk": .string(jwk),
                ]
            ], as: credentials)
        return id
    }
}
