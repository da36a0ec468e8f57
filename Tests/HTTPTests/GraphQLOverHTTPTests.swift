import Testing

@testable import HTTP

@Suite struct GraphQLOverHTTPTests {
    private static let graphQL = "application/graphql-response+json"

    @Test func `a query by POST is answered as JSON with safe headers`() async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(#"{"query":"{ hello }"}"#)
            #expect(reply.status == 200)
            #expect(reply.body == #"{"data":{"hello":"world"}}"#)
            #expect(reply.headers["content-type"] == "application/json; charset=utf-8")
            #expect(reply.headers["x-content-type-options"] == "nosniff")
            #expect(reply.headers["cache-control"] == "no-store")
            #expect(reply.headers["x-request-id"]?.count == 32)
            #expect(reply.headers.keys.allSatisfy { !$0.hasPrefix("access-control") })
            #expect(reply.headers["server"] == nil)
        }
    }

    @Test func `the answer has the media type that was agreed`() async throws {
        try await TestAPI.serve { api in
            let body = #"{"query":"{ hello }"}"#
            let other = try await api.post(body, headers: [("Accept", Self.graphQL)])
            #expect(other.headers["content-type"] == "\(Self.graphQL); charset=utf-8")
            let refused = try await api.post(body, headers: [("Accept", "text/html")])
            #expect(refused.status == 406)
            #expect(refused.body.contains(#""code":"NOT_ACCEPTABLE""#))
        }
    }

    @Test(arguments: [
        nil, "text/plain", "application/graphql", "application/json; charset=latin1",
        "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    ])
    func `another content type than JSON is refused`(type: String?) async throws {
        try await TestAPI.serve { api in
            let reply = try await api.request(
                "POST", "/graphql", headers: type.map { [("Content-Type", $0)] } ?? [],
                body: #"{"query":"mutation { change }"}"#)
            #expect(reply.status == 415)
            #expect(reply.body.hasPrefix(#"{"errors":[{"message":"#))
            #expect(api.mutations.value == 0)
        }
    }

    @Test func `a charset of UTF-8 is accepted`() async throws {
        try await TestAPI.serve { api in
            let fine = try await api.request(
                "POST", "/graphql", headers: [("Content-Type", "application/json; charset=UTF-8")],
                body: #"{"query":"{ hello }"}"#)
            #expect(fine.status == 200)
        }
    }

    @Test(arguments: [
        "", "{", "null", "7", #""{ hello }""#, "{}", #"{"query":7}"#, #"{"query":null}"#,
        #"{"query":"{ hello }","variables":[1]}"#, #"{"query":"{ hello }","operationName":1}"#,
        #"{"query":"{ hello }","extensions":"x"}"#, #"[{"query":"{ hello }"}]"#, " [ ]",
    ])
    func `a body that is no request is refused in any media type`(body: String) async throws {
        try await TestAPI.serve { api in
            for accept in ["*/*", "application/json", Self.graphQL] {
                let reply = try await api.post(body, headers: [("Accept", accept)])
                #expect(reply.status == 400)
                #expect(reply.body.contains(#""code":"BAD_REQUEST""#))
                #expect(!reply.body.contains(#""data""#))
            }
        }
    }

    @Test func `a body that is not UTF-8 is refused`() async throws {
        try await TestAPI.serve { api in
            let connection = try await api.connect()
            let body = Array(#"{"query":"{ hello } # "#.utf8) + [0xff, 0xfe] + Array(#""}"#.utf8)
            try await connection.send(
                "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    + "Content-Length: \(body.count)\r\n\r\n")
            try await connection.send(body)
            #expect(try await connection.reply().status == 400)
        }
    }

    @Test(arguments: [
        #"{"query":"{"}"#, #"{"query":"{ nothing }"}"#,
        #"{"query":"{ hello }","operationName":"x"}"#,
        #"{"query":"query ($t: String!) { echo(text: $t) }","variables":{"t":null}}"#,
    ])
    func `a document that cannot be run gives 400, or 200 to who asks for plain JSON by name`(
        body: String
    ) async throws {
        try await TestAPI.serve { api in
            for (accept, status) in [("*/*", 400), (Self.graphQL, 400), ("application/json", 200)] {
                let reply = try await api.post(body, headers: [("Accept", accept)])
                #expect(reply.status == status)
                #expect(reply.body.hasPrefix(#"{"errors":"#))
                #expect(!reply.body.contains(#""data""#))
            }
        }
    }

    @Test func `a query by GET takes its parameters from the URL`() async throws {
        try await TestAPI.serve { api in
            let reply = try await api.request(
                "GET",
                "/graphql?query=query+Q($t:String!)%7Becho(text:$t)%7D&operationName=Q"
                    + "&variables=%7B%22t%22:%22%C3%A9%22%7D&extensions=%7B%7D")
            #expect(reply.status == 200)
            #expect(reply.body == #"{"data":{"echo":"é"}}"#)
            #expect(try await api.request("GET", "/graphql").status == 400)
            #expect(try await api.request("GET", "/graphql?query={hello}&query=x").status == 400)
            #expect(try await api.request("GET", "/graphql?query=%ff").status == 400)
            let wrong = try await api.request("GET", "/graphql?query={hello}&variables=%7B")
            #expect(wrong.status == 400)
        }
    }

    @Test func `a mutation by GET is refused and not run`() async throws {
        try await TestAPI.serve { api in
            let reply = try await api.request("GET", "/graphql?query=mutation%7Bchange%7D")
            #expect(reply.status == 405)
            #expect(reply.headers["allow"] == "POST")
            #expect(api.mutations.value == 0)
            let posted = try await api.post(#"{"query":"mutation { change }"}"#)
            #expect(posted.status == 200)
            #expect(api.mutations.value == 1)
        }
    }

    @Test func `callers without a key may be kept from the schema`() async throws {
        let body = #"{"query":"{ __schema { queryType { name } } }"}"#
        try await TestAPI.serve { api in
            let anyone = try await api.post(body)
            #expect(anyone.status == 200)
        }
        try await TestAPI.serve({ $0.allowsAnonymousIntrospection = false }) { api in
            #expect(try await api.post(body).status == 400)
            #expect(try await api.post(#"{"query":"{ __typename }"}"#).status == 200)
            let known = try await api.post(body, headers: [("x-api-key", TestAPI.goodKey)])
            #expect(known.status == 200)
        }
    }

    @Test func `a batch is refused unless it is allowed, and then has a limit`() async throws {
        let batch = #"[{"query":"mutation { change }"},{"query":"{ nothing }"}]"#
        try await TestAPI.serve { api in
            let reply = try await api.post(batch)
            #expect(reply.status == 400)
            #expect(reply.body.contains("Batched requests are turned off"))
            #expect(api.mutations.value == 0)
        }
        try await TestAPI.serve {
            $0.maxBatch = 2
        } _: { api in
            let reply = try await api.post(batch)
            #expect(reply.status == 200)
            #expect(reply.body.hasPrefix(#"[{"data":{"change":"#))
            #expect(reply.body.contains(#"},{"errors":[{"message":"Cannot query field"#))
            #expect(reply.body.hasSuffix("]"))
            #expect(api.mutations.value == 1)
            let one = try await api.post(#"[{"query":"{ hello }"}]"#)
            #expect(one.body == #"[{"data":{"hello":"world"}}]"#)
            for body in ["[]", #"[{"query":"{a}"},{"query":"{a}"},{"query":"{a}"}]"#, "[1]"] {
                let refused = try await api.post(body)
                #expect(refused.status == 400, "\(body)")
                #expect(refused.body.hasPrefix(#"{"errors":"#))
            }
        }
    }
}
