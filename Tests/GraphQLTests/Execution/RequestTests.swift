import OrderedCollections
import Testing

@testable import GraphQL

@Suite struct RequestTests {
    private func message(_ body: String) -> String? {
        do {
            _ = try Request(json: body.utf8)
            return nil
        } catch let failure as RequestFailure {
            return failure.errors.first?.message
        } catch {
            return "another error"
        }
    }

    @Test func `a body is read with everything in it`() throws {
        let body =
            #"{"query":"{a}","operationName":"X","variables":{"n":18446744073709551615},"extensions":{"e":1}}"#
        let request = try Request(json: body.utf8)
        #expect(request.query == "{a}")
        #expect(request.operationName == "X")
        #expect(request.variables == ["n": .uint64(.max)])
        #expect(request.extensions == .object(["e": .int(1)]))
    }

    @Test func `query parameters are read`() throws {
        let request = try Request(queryParameters: [
            "query": "{a}", "variables": #"{"a":[1]}"#, "operationName": "",
        ])
        #expect(request.variables == ["a": .list([.int(1)])])
        #expect(request.operationName == nil)
    }

    @Test(arguments: [
        ("nothing", "not valid JSON"), ("[]", "must be a JSON object"), ("{}", "no \"query\""),
        (#"{"query":1}"#, "\"query\" must be a string"),
        (#"{"query":"{a}","variables":[]}"#, "\"variables\" must be an object"),
        (#"{"query":"{a}","operationName":1}"#, "\"operationName\" must be a string"),
        (#"{"query":"{a}","extensions":"x"}"#, "\"extensions\" must be an object"),
    ])
    func `malformed bodies are refused clearly`(body: String, part: String) {
        #expect(message(body)?.contains(part) == true)
    }

    @Test func `null counts as absent`() {
        #expect(
            message(#"{"query":"{a}","variables":null,"operationName":null,"extensions":null}"#)
                == nil)
    }
}
