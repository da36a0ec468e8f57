import Crypto
import Testing

@testable import HTTP

/// The SHA-256 in hexadecimal.
private func sha256(_ text: String) -> String {
    SHA256.hash(data: Array(text.utf8)).map { byte in
        let digits = String(byte, radix: 16)
        return digits.utf8.count == 1 ? "0" + digits : digits
    }.joined()
}

/// `extensions` of the automatic protocol.
private func extensions(_ hash: String, version: String = "1") -> String {
    #"{"persistedQuery":{"version":\#(version),"sha256Hash":"\#(hash)"}}"#
}

@Suite struct PersistedDocumentTests {
    private static let query = "{ hello }"
    private static let hash = sha256(query)
    private static let onlyHash = #"{"extensions":\#(extensions(hash))}"#
    private static let both = #"{"query":"\#(query)","extensions":\#(extensions(hash))}"#
    private static let world = #"{"data":{"hello":"world"}}"#

    @Test func `a document is known by its hash once it was sent with it`() async throws {
        try await TestAPI.serve { api in
            let unknown = try await api.post(Self.onlyHash)
            #expect(unknown.status == 200)
            #expect(unknown.body.contains(#""message":"PersistedQueryNotFound""#))
            #expect(unknown.body.contains(#""code":"PERSISTED_QUERY_NOT_FOUND""#))
            #expect(!unknown.body.contains(#""data""#))
            #expect(try await api.post(Self.both).body == Self.world)
            #expect(try await api.post(Self.onlyHash).body == Self.world)
            let get = try await api.request(
                "GET",
                "/graphql?extensions=%7B%22persistedQuery%22:%7B%22version%22:1,"
                    + "%22sha256Hash%22:%22\(Self.hash.uppercased())%22%7D%7D")
            #expect(get.body == Self.world)
        }
    }

    @Test func `a client of GraphQL's own media type sees the status`() async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(
                Self.onlyHash, headers: [("Accept", "application/graphql-response+json")])
            #expect(reply.status == 400)
            #expect(reply.body.contains("PERSISTED_QUERY_NOT_FOUND"))
        }
    }

    @Test func `a document can be named by its id`() async throws {
        let id = #"{"documentId":"sha256:\#(Self.hash)"}"#
        try await TestAPI.serve { api in
            #expect(try await api.post(id).body.contains("PERSISTED_QUERY_NOT_FOUND"))
            let both = #"{"query":"\#(Self.query)","documentId":"sha256:\#(Self.hash)"}"#
            #expect(try await api.post(both).body == Self.world)
            #expect(try await api.post(id).body == Self.world)
            let get = try await api.request("GET", "/graphql?documentId=sha256:\(Self.hash)")
            #expect(get.body == Self.world)
            for wrong in [#""x:1""#, "7", #""sha256:12""#, #""md5:\#(Self.hash)""#] {
                #expect(try await api.post(#"{"documentId":\#(wrong)}"#).status == 400)
            }
        }
    }

    @Test(arguments: [
        extensions(sha256("{ other }")), extensions("12"), extensions(hash, version: "2"),
        extensions(hash, version: "null"), extensions("+" + hash.dropFirst()),
    ])
    func `a hash that is wrong is refused and nothing runs`(extensions: String) async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(
                #"{"query":"mutation { change }","extensions":\#(extensions)}"#)
            #expect(reply.status == 400)
            #expect(reply.body.contains(#""code":"BAD_REQUEST""#))
            #expect(api.mutations.value == 0)
        }
    }

    @Test func `what is no valid document is not kept`() async throws {
        let query = "{ nothing }"
        try await TestAPI.serve { api in
            let both = #"{"query":"\#(query)","extensions":\#(extensions(sha256(query)))}"#
            #expect(try await api.post(both).status == 400)
            let again = try await api.post(#"{"extensions":\#(extensions(sha256(query)))}"#)
            #expect(again.body.contains("PERSISTED_QUERY_NOT_FOUND"))
        }
    }

    @Test func `a document decides nothing about who may run it`() async throws {
        let query = "subscription { forbidden }"
        let hash = sha256(query)
        try await TestAPI.serve { api in
            let headers = [("Accept", "text/event-stream"), ("x-api-key", TestAPI.goodKey)]
            let both = #"{"query":"\#(query)","extensions":\#(extensions(hash))}"#
            #expect(try await api.post(both, headers: headers).status == 403)
            let other = try await api.post(
                #"{"extensions":\#(extensions(hash))}"#,
                headers: [("Accept", "text/event-stream")])
            #expect(other.status == 403)
        }
    }

    @Test func `keeping documents can be turned off`() async throws {
        try await TestAPI.serve({ $0.maxPersistedBytes = 0 }) { api in
            #expect(try await api.post(Self.both).body == Self.world)
            let reply = try await api.post(Self.onlyHash)
            #expect(reply.status == 400)
            #expect(reply.body.contains(#""code":"PERSISTED_QUERY_NOT_SUPPORTED""#))
        }
    }

    @Test func `what is kept is bounded, and what was used last stays`() {
        let documents = PersistedDocuments(maxBytes: 10_000)
        documents.insert("{ a }")
        for number in 0..<1000 {
            documents.insert("{ field\(number) }")
            #expect(documents[DocumentHash(of: "{ a }")] == "{ a }")
            #expect(documents.bytes <= 10_000)
        }
        #expect(documents[DocumentHash(of: "{ field0 }")] == nil)
        #expect(documents[DocumentHash(of: "{ field999 }")] != nil)
        documents.insert(String(repeating: "x", count: 10_000))
        #expect(documents[DocumentHash(of: "{ field999 }")] != nil)
    }
}

@Suite struct TrustedDocumentTests {
    private static let query = "query Greet { hello }"

    @Test func `only trusted documents are run`() async throws {
        let trusted = TrustedDocuments([Self.query + "\n", "mutation { change }"])
        try await TestAPI.serve {
            $0.trustedDocuments = trusted
            $0.maxBatch = 2
        } _: { api in
            for body in [
                #"{"query":"\#(Self.query)"}"#, #"{"query":"\#(Self.query)\n"}"#,
                #"{"extensions":\#(extensions(sha256(Self.query)))}"#,
                #"{"documentId":"sha256:\#(sha256(Self.query + "\n"))"}"#,
            ] {
                #expect(try await api.post(body).body == #"{"data":{"hello":"world"}}"#)
            }
            let other = "{ hello }"
            for body in [
                #"{"query":"\#(other)"}"#, #"{"query":"{ __schema { queryType { name } } }"}"#,
                #"{"query":"\#(other)","extensions":\#(extensions(sha256(other)))}"#,
                #"{"documentId":"sha256:\#(sha256(other))"}"#, #"{"query":"mutation {change}"}"#,
            ] {
                let reply = try await api.post(body, headers: [("x-api-key", TestAPI.goodKey)])
                #expect(reply.status == 400)
                #expect(reply.body.contains(#""code":"DOCUMENT_NOT_TRUSTED""#))
            }
            let batch = try await api.post(#"[{"query":"\#(Self.query)"},{"query":"\#(other)"}]"#)
            #expect(batch.body.hasPrefix(#"[{"data":{"hello":"world"}},{"errors":"#))
            #expect(api.mutations.value == 0)
        }
    }

    @Test func `a text that does not fit the hash beside it is refused`() async throws {
        let trusted = TrustedDocuments([Self.query])
        try await TestAPI.serve({ $0.trustedDocuments = trusted }) { api in
            let body =
                #"{"query":"mutation { change }","extensions":\#(extensions(sha256(Self.query)))}"#
            let reply = try await api.post(body)
            #expect(reply.status == 400)
            #expect(api.mutations.value == 0)
        }
    }
}
