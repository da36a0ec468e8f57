import Testing

@testable import HTTP

/// Answers to operations for which there was no room or no database.
@Suite struct UnavailableTests {
    private func post(
        _ query: String, _ api: TestAPI, accept: String = "application/json"
    ) async throws -> HTTPConnection.Reply {
        try await api.post(#"{"query":"\#(query)"}"#, headers: [("Accept", accept)])
    }

    @Test(arguments: [
        "{ busy }", "{ a: busy b: busy }", "{ busyPart { text } }", "{ busy busyPart { text } }",
        "mutation { busyChange }",
    ])
    func `an operation of which nothing came is answered as where it was not let in`(
        query: String
    ) async throws {
        try await TestAPI.serve { api in
            for type in ["application/json", "application/graphql-response+json"] {
                let reply = try await post(query, api, accept: type)
                #expect(reply.status == 503)
                #expect(reply.headers["retry-after"] == "1")
                #expect(reply.headers["content-type"]?.hasPrefix(type) == true)
                #expect(reply.body.hasPrefix(#"{"errors":[{"message":"No room""#))
                #expect(!reply.body.contains(#""data""#))
            }
        }
    }

    @Test(arguments: ["{ busy hello }", "mutation { change busyChange }"])
    func `an operation of which something came is an answer, and says when to ask again`(
        query: String
    ) async throws {
        try await TestAPI.serve { api in
            let reply = try await post(query, api)
            #expect(reply.status == 200)
            #expect(reply.headers["retry-after"] == "1")
            #expect(reply.body.contains(#""code":"SERVICE_UNAVAILABLE""#))
            #expect(reply.body.contains(#""data":{"#))
        }
    }

    @Test func `a mutation that was carried out is no refusal, whatever cannot be told of it`()
        async throws
    {
        try await TestAPI.serve { api in
            let reply = try await post("mutation { changePart { text } }", api)
            #expect(reply.status == 200)
            #expect(reply.headers["retry-after"] == "1")
            #expect(reply.body.hasSuffix(#""data":{"changePart":null}}"#))
        }
    }

    @Test func `a list of requests is refused if each of them is`() async throws {
        try await TestAPI.serve({ $0.maxBatch = 3 }) { api in
            let busy = #"{"query":"{ busy }"}"#
            let refused = try await api.post("[\(busy),\(busy)]")
            #expect(refused.status == 503)
            #expect(refused.headers["retry-after"] == "1")
            #expect(refused.body.hasPrefix(#"[{"errors":"#))
            let mixed = try await api.post(#"[\#(busy),{"query":"{ hello }"}]"#)
            #expect(mixed.status == 200)
            #expect(mixed.headers["retry-after"] == "1")
            #expect(mixed.body.hasSuffix(#"{"data":{"hello":"world"}}]"#))
        }
    }

    @Test func `other answers do not say when to ask again`() async throws {
        try await TestAPI.serve { api in
            for query in ["{ hello }", "{ nothing }", "mutation { change }"] {
                let reply = try await post(query, api)
                #expect(reply.headers["retry-after"] == nil)
            }
        }
    }
}
