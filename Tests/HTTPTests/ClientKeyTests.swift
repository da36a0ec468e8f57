import Testing

@testable import HTTP

@Suite struct ClientKeyTests {
    @Test func `a client's key is JSON for anybody`() async throws {
        try await TestAPI.serve { api in
            let key = try await api.request("GET", "/keys/known?x=y")
            #expect(key.status == 200)
            #expect(key.headers["content-type"] == "application/json; charset=utf-8")
            #expect(key.body == #"{"key":{},"client":{}}"#)
            let head = try await api.request("HEAD", "/keys/known")
            #expect(head.status == 200)
            #expect(head.headers["content-length"] == "22")
        }
    }

    @Test(arguments: ["/keys/", "/keys/other", "/keys/known/", "/keys/known/x", "/keys"])
    func `what no key has is not found`(_ path: String) async throws {
        try await TestAPI.serve { api in
            let reply = try await api.request("GET", path)
            #expect(reply.status == 404)
            #expect(reply.body.contains(#""code":"NOT_FOUND""#))
        }
    }

    @Test func `keys are read and nothing else`() async throws {
        try await TestAPI.serve { api in
            for method in ["POST", "PUT", "DELETE"] {
                let reply = try await api.request(method, "/keys/known", body: "")
                #expect(reply.status == 405)
                #expect(reply.headers["allow"] == "GET, HEAD")
            }
        }
    }

    @Test func `without the database the key may be there later, a fault is ours`() async throws {
        try await TestAPI.serve { api in
            let unavailable = try await api.request("GET", "/keys/unavailable")
            #expect(unavailable.status == 503)
            #expect(unavailable.headers["retry-after"] == "1")
            let fault = try await api.request("GET", "/keys/fault")
            #expect(fault.status == 500)
            #expect(!fault.body.contains("secret"))
        }
    }
}
