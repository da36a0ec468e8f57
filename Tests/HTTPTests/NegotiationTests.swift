import HTTPTypes
import Testing

@testable import HTTP

@Suite struct NegotiationTests {
    private static let graphQL = "application/graphql-response+json"

    @Test(arguments: [
        nil, "", " ", "*/*", "application/*", "application/json", "application/json; charset=utf-8",
        "text/html, application/json;q=0.1", "APPLICATION/JSON", "*/*;q=0.1",
        "application/json, application/graphql-response+json;q=0.9",
        "application/json, application/graphql-response+json",
        "application/graphql-response+json;q=0, */*",
        "application/graphql-response+json; charset=latin1, application/json;q=0.1",
        "text/plain;x=\"a,application/graphql-response+json\", application/json",
    ])
    func `JSON is chosen`(accept: String?) {
        #expect(Negotiated.choose(accept: accept)?.mediaType == .json)
    }

    @Test(arguments: [
        "application/graphql-response+json", "application/graphql-response+json; charset=\"UTF-8\"",
        "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
        "application/graphql-response+json, application/json;q=0.9", "application/json;q=0, */*",
        "application/graphql-response+json, */*", "application/json;q=0.5, */*;q=0.8",
        "application/graphql-response+json ; q=0.7 , application/json ; q=0.699",
    ])
    func `the type for GraphQL responses is chosen`(accept: String) {
        #expect(Negotiated.choose(accept: accept)?.mediaType == .graphQLResponse)
    }

    @Test(arguments: [
        "text/html", "application/xml, text/*", "application/json;q=0", "*/*;q=0",
        "application/json; charset=iso-8859-1", "nonsense", ",", "application/*;q=0, */*",
    ])
    func `nothing acceptable gives nothing`(accept: String) {
        #expect(Negotiated.choose(accept: accept) == nil)
    }

    @Test func `a type counts as named only when it was written out`() {
        #expect(Negotiated.choose(accept: "application/json")?.isNamed == true)
        #expect(Negotiated.choose(accept: "*/*")?.isNamed == false)
        #expect(Negotiated.choose(accept: nil)?.isNamed == false)
    }
}

@Suite struct QueryStringTests {
    @Test func `escapes and plus signs are resolved`() throws {
        let parameters = try QueryString.decode("query=%7B+a%20%7d&x=&y&z=a=b&%C3%A9=%e2%82%ac")
        #expect(
            parameters == ["query": "{ a }", "x": "", "y": "", "z": "a=b", "é": "€"])
    }

    @Test func `an escape that is none stays as it is`() throws {
        #expect(
            try QueryString.decode("a=100%&b=%zz&c=%4") == ["a": "100%", "b": "%zz", "c": "%4"])
    }

    @Test func `an empty query has no parameters`() throws {
        #expect(try QueryString.decode("") == [:])
        #expect(try QueryString.decode("&&") == [:])
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: QueryString.Failure.invalidUTF8) { try QueryString.decode("a=%ff") }
        #expect(throws: QueryString.Failure.invalidUTF8) { try QueryString.decode("a=%ed%a0%80") }
    }

    @Test func `a parameter given twice is refused`() {
        #expect(throws: QueryString.Failure.repeated("query")) {
            try QueryString.decode("query=a&query=b")
        }
    }
}

@Suite struct RequestIDTests {
    @Test(arguments: ["a", "A-1._z", String(repeating: "x", count: 128)])
    func `a client's id is kept`(id: String) {
        #expect(RequestID.choose(header: id) == id)
    }

    @Test(arguments: [
        nil, "", " ", "a b", "a\nb", "é", "a\"b", String(repeating: "x", count: 129), "a,b",
    ])
    func `an unsafe id is replaced`(id: String?) {
        let chosen = RequestID.choose(header: id)
        #expect(chosen != id)
        #expect(chosen.utf8.count == 32)
        #expect(RequestID.isAcceptable(chosen))
    }

    @Test func `generated ids differ`() {
        #expect(Set((0..<1000).map { _ in RequestID.generate() }).count == 1000)
    }
}

@Suite struct AnswerTests {
    @Test func `a refusal is shaped as GraphQL and escapes its message`() {
        let answer = Answer.refusal(
            .badRequest, .badRequest, "a \"b\"\n\u{1}\\", requestID: "id-1")
        let message = #""message":"a \"b\"\n\u0001\\""#
        let extensions = #""extensions":{"code":"BAD_REQUEST","requestId":"id-1"}"#
        #expect(
            String(decoding: answer.body, as: UTF8.self)
                == "{\"errors\":[{\(message),\(extensions)}]}")
    }
}
