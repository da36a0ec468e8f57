import Testing

/// Each rule on a few lines that break it, and on some that only look like it.
@Suite struct RuleTests {
    private func findings(
        _ name: String, _ text: String, at path: String = "Sources/App/Assets/Asset.swift"
    ) throws -> [Int] {
        let rule = try #require(Rule.all.first { $0.name == name })
        return rule.check(SourceFile(path: path, text: text))
    }

    @Test func `SQL is found in literals by its first words or its name`() throws {
        let rule = "SQL stands in repositories"
        #expect(try findings(rule, #"let a = "select id from asset""#) == [1])
        #expect(
            try findings(rule, "let a =\n    \"\"\"\n    -- assets.list\n    TABLE a\n    \"\"\"")
                == [2])
        #expect(try findings(rule, #"let a = "Select an asset""#).isEmpty)
        #expect(try findings(rule, #"let a = "update failed""#).isEmpty)
        #expect(try findings(rule, "// select 1 from it").isEmpty)
        let repository = "Sources/App/Assets/AssetRepository.swift"
        #expect(try findings(rule, #"let a = "select 1 ""#, at: repository).isEmpty)
    }

    @Test func `imports are held to the layers`() throws {
        let layers = "modules depend on lower modules alone"
        #expect(try findings(layers, "import App", at: "Sources/GraphQL/A.swift") == [1])
        #expect(try findings(layers, "import Postgres", at: "Sources/App/A.swift").isEmpty)
        let both = "no file sees both GraphQL and Postgres"
        #expect(try findings(both, "import GraphQL\npackage import Postgres") == [1])
        #expect(try findings(both, "import Postgres").isEmpty)
        let hummingbird = "only HTTP imports Hummingbird"
        #expect(try findings(hummingbird, "@testable import HummingbirdCore") == [1])
        #expect(try findings(hummingbird, "import Hummingbird", at: "Sources/HTTP/A.swift").isEmpty)
    }

    @Test func `forced operations are found in code alone`() throws {
        #expect(try findings("no try!", "let a = try! b()") == [1])
        #expect(try findings("no try!", "let a = \"try! b\" // try! c").isEmpty)
        #expect(try findings("no as!", "let a = \"\\(b as! C)\"") == [1])
        #expect(
            try findings("no print outside the command line", "print(1)\npretty.print(1)") == [1])
    }

    @Test func `unchecked concurrency needs its comment`() throws {
        let rule = "unchecked concurrency says why it is safe"
        #expect(try findings(rule, "final class A: @unchecked Sendable {}") == [1])
        let explained = "// SAFETY: it is immutable\n// after init.\n@available(*, deprecated)\n"
        #expect(try findings(rule, explained + "final class A: @unchecked Sendable {}").isEmpty)
        #expect(try findings(rule, "// SAFETY: b\n\nlet a: @unchecked Sendable") == [3])
    }

    @Test func `comments promise nothing`() throws {
        #expect(try findings("nothing is left for later", "let a = 1 // TODO: more") == [1])
        #expect(try findings("nothing is left for later", "let TODO = 1").isEmpty)
    }

    @Test func `a function is measured from its declaration to its brace`() {
        let code = """
            struct A {
                init(a: Int) {
                    b = .init(a)
                }
                func one(
                    _ a: Int
                ) -> Int {
                    if a > 0 { return 1 }
                    func inner() {
                    }
                    return 2
                }
            }
            protocol B {
                func two()
                func three()
            }
            func four() {}
            """
        let lines = code.split(separator: "\n").map(String.init)
        #expect(Rule.functions(in: lines) == [2...4, 9...10, 5...12, 18...18])
    }

    @Test func `literals, comments and names in backticks are told from code`() {
        let text = ##"""
            let a = "x \(f("y")) z" /* c /* d */ e */ + 1
            let b = #"raw \(no) \#(yes) ""# // comment "quoted"
            func `it's a "name" // here`() {}
            let c = """
                two "quoted"
                """
            """##
        let scan = SwiftScan(text)
        #expect(scan.code[0] == #"let a = ""f("")  + 1"#)
        #expect(scan.code[1] == #"let b = ""yes "#)
        #expect(scan.code[2] == "func () {}")
        #expect(
            scan.literals.map(\.text) == [
                "y", "x  z", "raw \\(no)  \"", "\n    two \"quoted\"\n    ",
            ])
        #expect(scan.comments[1] == #" comment "quoted""#)
    }
}
