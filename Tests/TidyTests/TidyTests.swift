import Testing

@Suite struct TidyTests {
    @Test(arguments: Rule.all)
    func `the sources keep to the rule`(rule: Rule) {
        for file in SourceFile.all {
            let lines = rule.check(file)
            let allowed = AllowList.count(of: rule, in: file.path)
            if lines.count > allowed {
                let places = lines.map { "\(file.path):\($0)" }.joined(separator: "\n")
                Issue.record("\(rule.name): \(rule.advice)\n\(places)")
            } else if lines.count < allowed {
                Issue.record("\(rule.name): \(file.path) has \(lines.count) left: lower its number")
            }
        }
    }

    @Test func `the allow-list names rules and files that exist`() {
        let rules = Set(Rule.all.map(\.name))
        let paths = Set(SourceFile.all.map(\.path))
        for (rule, files) in AllowList.findings {
            #expect(rules.contains(rule))
            #expect(paths.isSuperset(of: files.keys))
        }
    }

    @Test func `the source tree is found`() {
        #expect(SourceFile.all.contains { $0.path == "Tests/TidyTests/TidyTests.swift" })
        #expect(SourceFile.all.contains { $0.path.hasPrefix("Sources/") })
    }
}
