import Testing

@testable import GraphQL

@Suite struct GraphQLCheckTests {
    @Test(arguments: [
        (#"{"id":1,"action":"parse","query":"{ a }"}"#, #"{"id":1}"#),
        (
            #"{"id":"x","action":"validate","schema":"type Query { a: Int }","query":"{ zzz }"}"#,
            #"{"id":"x","errors":[{"message":"Cannot query field \"zzz\" on type \"Query\".","locations":[{"line":1,"column":3}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}"#
        ),
        (
            #"{"action":"execute","schema":"type Query { a: [N] } interface N { b: Int } type T implements N { b: Int c: Int! }","query":"{ a { b __typename ...on T { c } } }","data":{"a":[{"__typename":"T","b":1,"c":2},null,{"__typename":"T","c":{"$error":"boom"}}]}}"#,
            #"{"errors":[{"message":"boom","locations":[{"line":1,"column":30}],"path":["a",2,"c"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}],"data":{"a":[{"b":1,"__typename":"T","c":2},null,null]}}"#
        ),
        (
            #"{"action":"execute","schema":"type Query { a(x: Int!): Int }","query":"query($x: Int!) { a(x: $x) }","variables":{"x":"y"},"data":{}}"#,
            #"{"errors":[{"message":"Variable \"$x\" got invalid value \"y\"; Int cannot represent non-integer value: \"y\"","locations":[{"line":1,"column":7}],"extensions":{"code":"BAD_USER_INPUT"}}]}"#
        ),
        (
            // The types of operations are types like others, also below the root.
            #"{"action":"execute","schema":"type Query { a: Int self: Query }","query":"{ self { a self { a } } }","data":{"self":{"a":1,"self":{"a":2}}}}"#,
            #"{"data":{"self":{"a":1,"self":{"a":2}}}}"#
        ),
        (
            #"{"action":"execute","schema":"type Query { a: Int } type Subscription { b: Int }","query":"subscription { b }","data":{"b":3}}"#,
            #"{"data":{"b":3}}"#
        ),
    ])
    func `a line is answered`(line: String, expected: String) async {
        #expect(await GraphQLCheck.run(line: line) == expected)
    }

    @Test(arguments: [
        "", "[]", "{}", "{", #"{"action":"dance","query":"{a}","schema":"type Query { a: Int }"}"#,
        #"{"action":"validate","query":"{a}"}"#,
        #"{"action":"validate","schema":"x","query":"{a}"}"#,
        #"{"action":"execute","schema":"type Query { a: Int }","query":"{a}","operationName":"N"}"#,
    ])
    func `anything odd gives errors and no data`(line: String) async {
        let answer = await GraphQLCheck.run(line: line)
        #expect(answer.contains("\"errors\"") && !answer.contains("\"data\""), "\(answer)")
    }
}
