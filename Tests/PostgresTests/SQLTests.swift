import Testing

@testable import Postgres

@Suite struct SQLTests {
    @Test func `interpolated values become parameters`() {
        let name = "'; drop table users; --"
        let sql: SQL = "select * from users where name = \(name) and age > \(30)"
        #expect(sql.text == "select * from users where name = $1 and age > $2")
        #expect(sql.binds.types == [PostgresType.text.oid, PostgresType.int8.oid])
    }

    @Test func `unescaped text is spliced`() {
        let sql: SQL = "select \(unescaped: "a, b") from \(unescaped: "t") where a = \(1)"
        #expect(sql.text == "select a, b from t where a = $1")
    }

    @Test func `nil keeps its type`() {
        let missing: UInt64? = nil
        let sql: SQL = "select \(missing)"
        #expect(sql.binds.types == [PostgresType.numeric.oid])
        #expect(sql.binds.lengths == [-1])
    }

    @Test func `a leading comment names the statement`() {
        #expect(("-- assets.insert\nselect 1" as SQL).name == "assets.insert")
        #expect(("\n  --assets.get\nselect 1" as SQL).name == "assets.get")
        #expect(("select 1 -- no name" as SQL).name == nil)
        #expect(("--\nselect 1" as SQL).name == nil)
        #expect(("" as SQL).name == nil)
    }

    @Test func `what the protocol cannot carry is refused before it is sent`() {
        let withNul: SQL = "select \(unescaped: "'a\0b'")"
        #expect(throws: PostgresError.self) { try withNul.validate() }
        var interpolation = SQL.StringInterpolation(literalCapacity: 0, interpolationCount: 0)
        for _ in 0...Binds.maximumCount { interpolation.appendInterpolation(true) }
        let error = #expect(throws: PostgresError.self) {
            try SQL(stringInterpolation: interpolation).validate()
        }
        #expect(error?.kind == .invalidStatement)
    }

    @Test func `a statement is prepared once and known by text and types`() {
        var cache = StatementCache(limit: 4)
        let sql: SQL = "select \(1)"
        do { let plan = cache.plan(for: sql, segment: 1); #expect(plan == .prepare("s1")) }
        do { let plan = cache.plan(for: sql, segment: 1); #expect(plan == .prepared("s1")) }
        do { let plan = cache.plan(for: sql, segment: 2); #expect(plan == .unnamed) }
        cache.settle(sql, succeeded: true)
        do {
            let plan = cache.plan(for: "select \(2)", segment: 2); #expect(plan == .prepared("s1"))
        }
        do {
            let plan = cache.plan(for: "select \("a")", segment: 2); #expect(plan == .prepare("s2"))
        }
    }

    @Test func `a failed preparation is forgotten`() {
        var cache = StatementCache(limit: 4)
        _ = cache.plan(for: "nonsense", segment: 1)
        cache.settle("nonsense", succeeded: false)
        do { let plan = cache.plan(for: "nonsense", segment: 2); #expect(plan == .prepare("s2")) }
    }

    @Test func `the least used statements are dropped`() {
        var cache = StatementCache(limit: 4)
        for number in 1...6 {
            let sql = SQL(unescaped: "select \(number)")
            _ = cache.plan(for: sql, segment: 1)
            cache.settle(sql, succeeded: true)
        }
        _ = cache.plan(for: "select 1", segment: 2)
        let evicted = [cache.evict(), cache.evict()]
        #expect(evicted == [["s2", "s3", "s4"], []])
        #expect(cache.count == 3)
        do { let plan = cache.plan(for: "select 1", segment: 2); #expect(plan == .prepared("s1")) }
    }

    @Test func `without a limit nothing is prepared`() {
        var cache = StatementCache(limit: 0)
        do { let plan = cache.plan(for: "select 1", segment: 1); #expect(plan == .unnamed) }
        let evicted = cache.evict()
        #expect(evicted.isEmpty)
    }
}
