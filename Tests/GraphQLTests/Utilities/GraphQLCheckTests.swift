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
            // An item fails alone, whatever it should have been.
            #"{"action":"execute","schema":"type Query { a: [Int] b: [[Query]] }","query":"{ a b { a } }","data":{"a":[1,{"$error":"no"}],"b":[[{"a":[2]},{"$error":"x"}],{"$error":"y"}]}}"#,
            #"{"errors":[{"message":"no","locations":[{"line":1,"column":3}],"path":["a",1],"extensions":{"code":"INTERNAL_SERVER_ERROR"}},{"message":"x","locations":[{"line":1,"column":5}],"path":["b",0,1],"extensions":{"code":"INTERNAL_SERVER_ERROR"}},{"message":"y","locations":[{"line":1,"column":5}],"path":["b",1],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}],"data":{"a":[1,null],"b":[[{"a":[2]},null],null]}}"#
        ),
        (
            // JSON's 3.0 is the text 3.0, and the integer 3; texts of numbers are read as such.
            #"{"action":"execute","schema":"type Query { s: String i: Int j: Int k: Int f: Float }","query":"{ s i j k f }","data":{"s":3.0,"i":3.0,"j":" 7 ","k":"1e3","f":" 1.5"}}"#,
            #"{"errors":[{"message":"Int cannot represent non-integer value: \"1e3\"","locations":[{"line":1,"column":9}],"path":["k"],"extensions":{"code":"INTERNAL_SERVER_ERROR"}}],"data":{"s":"3.0","i":3,"j":7,"k":null,"f":1.5}}"#
        ),
        (
            // The error of an argument is where its value is.
            #"{"action":"execute","schema":"type Query { a(x: [Int!]): Int }","query":"query($x: Int = 1) { a(x: [2, $x]) }","variables":{"x":null},"data":{}}"#,
            #"{"errors":[{"message":"Argument \"x\" has invalid value [2, null]. Expected non-nullable type \"Int!\" not to be null.","locations":[{"line":1,"column":27}],"path":["a"],"extensions":{"code":"BAD_USER_INPUT"}}],"data":{"a":null}}"#
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
