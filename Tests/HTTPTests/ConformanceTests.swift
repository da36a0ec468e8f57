import Foundation
import Testing

@testable import HTTP

/// The rules of GraphQL over HTTP that servers are audited by, each by the audit's id.
/// https://graphql.github.io/graphql-over-http/draft/
@Suite struct ConformanceTests {
    private static let json = "application/json"
    private static let graphQL = "application/graphql-response+json"

    /// A request, and what the rule says of its answer.
    struct Rule: CustomTestStringConvertible, Sendable {
        enum Result: Sendable {
            /// An execution result without errors.
            case data
            /// Errors, and no member `data`.
            case errors
        }

        var ids: String
        var method = "POST"
        var path = "/graphql"
        var accept: String?
        var contentType: String? = ConformanceTests.json
        var body: String?
        var status: Int
        var result: Result
        /// The media type of the answer.
        var answer: String?

        var testDescription: String { ids }
    }

    @Test(arguments: mediaTypes + methods + validParameters + invalidParameters + documents)
    func `the rule is kept`(rule: Rule) async throws {
        try await TestAPI.serve { api in
            var headers: [(String, String)] = []
            if let accept = rule.accept { headers.append(("Accept", accept)) }
            if let type = rule.contentType { headers.append(("Content-Type", type)) }
            let reply = try await api.request(
                rule.method, rule.path, headers: headers, body: rule.body)
            #expect(reply.status == rule.status)
            let type = try #require(reply.headers["content-type"])
            #expect(type == "\(rule.answer ?? rule.accept ?? Self.json); charset=utf-8")
            let members = try #require(
                try JSONSerialization.jsonObject(with: Data(reply.bytes)) as? [String: Any])
            switch rule.result {
            case .data:
                #expect(members["data"] is [String: Any])
                #expect(members["errors"] == nil)
            case .errors:
                #expect(members["data"] == nil)
                let errors = try #require(members["errors"] as? [[String: Any]])
                #expect(errors.allSatisfy { $0["message"] is String } && !errors.isEmpty)
            }
            #expect(api.mutations.value == 0)
        }
    }

    private static let typename = #"{"query":"{ __typename }"}"#

    private static let mediaTypes = [
        Rule(ids: "22EB", accept: graphQL, body: typename, status: 200, result: .data),
        Rule(ids: "4655", accept: json, body: typename, status: 200, result: .data),
        Rule(
            ids: "47DE", accept: "*/*", body: typename, status: 200, result: .data, answer: json),
        Rule(ids: "80D8, 82A3", body: typename, status: 200, result: .data),
        Rule(
            ids: "BF61", contentType: "application/json; charset=utf-8",
            body: #"{"query":"{ __type(name: \"Run🏃Swim🏊\") { name } }"}"#, status: 200,
            result: .data),
        Rule(
            ids: "78D5", body: #"{"query":"{ __type(name: \"Run🏃\") { name } }"}"#,
            status: 200, result: .data),
    ]

    private static let methods = [
        Rule(ids: "2C94, 03D4", body: typename, status: 200, result: .data),
        Rule(
            ids: "5A70", method: "GET", path: "/graphql?query=%7B__typename%7D", contentType: nil,
            status: 200, result: .data),
        Rule(
            ids: "9C48", method: "GET", path: "/graphql?query=mutation%7Bchange%7D",
            accept: graphQL, contentType: nil, status: 405, result: .errors),
        Rule(
            ids: "9ABE", contentType: "text/plain;charset=UTF-8", body: typename, status: 415,
            result: .errors),
        Rule(ids: "A5BF", body: "", status: 400, result: .errors),
        Rule(
            ids: "423L", accept: graphQL, body: #"{"notquery":"{ __typename }"}"#, status: 400,
            result: .errors),
    ]

    private static let validParameters = [json, graphQL].flatMap { accept in
        [
            (
                "8161 B8B3",
                #"{"operationName":"Query","query":"query Query { __typename }"}"#
            ),
            ("94B0 0220", #"{"query":"{ __typename }","variables":null}"#),
            ("94B1 0221", #"{"query":"{ __typename }","operationName":null}"#),
            ("94B2 0222", #"{"query":"{ __typename }","extensions":null}"#),
            (
                "2EA1 28B9",
                #"{"query":"query T($n: String!) { __type(name: $n) { name } }","#
                    + #""variables":{"n":"sometype"}}"#
            ),
            ("428F 1B7A", #"{"query":"{ __typename }","extensions":{"some":"value"}}"#),
        ].map { ids, body in
            Rule(ids: ids, accept: accept, body: body, status: 200, result: .data)
        } + [
            Rule(
                ids: "D6D5 6A70", method: "GET",
                path: "/graphql?query=query%20T($n:String!)%7B__type(name:$n)%7Bname%7D%7D"
                    + "&variables=%7B%22n%22%3A%22sometype%22%7D",
                accept: accept, contentType: nil, status: 200, result: .data)
        ]
    }

    private static let invalidParameters = [
        ("9FE0-3", "query", ["{}", "0", "false", #"["array"]"#]),
        ("FB90-3", "operationName", ["{}", "0", "false", #"["array"]"#]),
        ("F050-3 8764 3E3A", "variables", [#""string""#, "0", "false", #"["array"]"#]),
        ("58B0-3", "extensions", [#""string""#, "0", "false", #"["array"]"#]),
    ].flatMap { ids, parameter, values in
        values.flatMap { value in
            [json, graphQL].map { accept in
                let query = parameter == "query" ? "" : #""query":"{ __typename }","#
                return Rule(
                    ids: ids, accept: accept, body: #"{\#(query)"\#(parameter)":\#(value)}"#,
                    status: 400, result: .errors)
            }
        }
    }

    private static let documents =
        [
            Rule(
                ids: "B6DC BCF8", accept: json, body: #"{ "not a JSON"#, status: 400,
                result: .errors),
            Rule(
                ids: "B7N8", accept: graphQL, body: #"{ "not a JSON"#, status: 400, result: .errors),
        ]
        + [(json, 200), (graphQL, 400)].flatMap { accept, status in
            [
                ("572B 865D 556A D586", #"{"query":"{"}"#),
                ("FDE2 51FE 74FF 5E5B", #"{"query":"{ nothing }"}"#),
                (
                    "7B9B 86EE",
                    #"{"query":"query F($id: ID!) { __typename }","variables":{"id":null}}"#
                ),
            ].map { ids, body in
                Rule(ids: ids, accept: accept, body: body, status: status, result: .errors)
            }
        }
}
