import Foundation
import Postgres
import Testing

/// Leased connections: order, deadlines, cancellation, attempts.
@Suite(.timeLimit(.minutes(2))) struct LeaseTests {
    @Test func `a caller without a connection fails at its deadline`() async throws {
        let change = { (configuration: inout PoolConfiguration) in
            configuration.acquireTimeout = .milliseconds(200)
        }
        try await TestServer.withPool(size: 1, change) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try await pool.write(["select pg_sleep(3)"])
                }
                while pool.status.leased == 0 { try await Task.sleep(for: .milliseconds(5)) }
                for isRead in [true, false] {
                    group.addTask {
                        let start = ContinuousClock.now
                        let error = await #expect(throws: PostgresError.self) {
                            _ =
                                isRead
                                ? try await pool.read("select 1")
                                : try await pool.write(["select 1"])[0]
                        }
                        let waited = start.duration(to: .now)
                        #expect(error?.kind == .poolTimeout)
                        #expect(error?.isUnavailable == true)
                        #expect(waited >= .milliseconds(190) && waited < .seconds(2))
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.read("select 1").count == 1)
        }
    }

    @Test func `leases are given in the order they were asked for`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let order = Journal<Int>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        try await pool.transaction { transaction in
                            order.append(index)
                            try await transaction.execute("select pg_sleep(0.02)")
                        }
                    }
                    // Each one has its place before the next one asks.
                    while order.values.count + pool.status.waiting <= index {
                        try await Task.sleep(for: .milliseconds(1))
                    }
                }
                try await group.waitForAll()
            }
            #expect(order.values == Array(0..<20))
        }
    }

    @Test func `too many callers are refused at once`() async throws {
        try await TestServer.withPool(size: 1, { $0.maxWaiters = 2 }) { pool in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do {
                            _ = try await pool.write(["select pg_sleep(0.2)"])
                            return false
                        } catch let error as PostgresError {
                            return error.kind == .poolOverloaded
                        }
                    }
                }
                let refused = try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                #expect(refused == 5)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a cancelled task cancels its statement and leaves a clean connection`(
        inTransaction: Bool
    ) async throws {
        try await TestServer.withPool(size: 1) { pool in
            for _ in 0..<5 {
                let start = ContinuousClock.now
                let task = Task {
                    if inTransaction {
                        try await pool.transaction { transaction in
                            _ = try await transaction.query("select 1")
                            _ = try await transaction.query("select pg_sleep(30)")
                        }
                    } else {
                        _ = try await pool.write(["select pg_sleep(30)"])
                    }
                }
                try await Task.sleep(for: .milliseconds(50))
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                #expect(start.duration(to: .now) < .seconds(5))
                let answer = try await pool.write(["select 7 as n"])
                #expect(try answer[0].first?.decode("n", as: Int.self) == 7)
                #expect(pool.status.leased == 0)
                #expect(pool.status.open == 1)
            }
        }
    }

    @Test func `cancelling at any moment never hits another caller`() async throws {
        try await TestServer.withPool(size: 2) { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<150 {
                    group.addTask {
                        let task = Task {
                            _ = try await pool.write(["select pg_sleep(0.002)"])
                        }
                        try await Task.sleep(for: .microseconds(index * 20))
                        task.cancel()
                        do { try await task.value } catch is CancellationError {}
                    }
                    group.addTask {
                        let rows = try await pool.write(["select \(index) as n, pg_sleep(0.001)"])
                        #expect(try rows[0].first?.decode("n", as: Int.self) == index)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a cancelled read resumes at once and the pool goes on`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let task = Task { try await pool.read("select pg_sleep(1.5)") }
            let queued = Task {
                try await Task.sleep(for: .milliseconds(20))
                return try await pool.read("select 2")
            }
            try await Task.sleep(for: .milliseconds(60))
            let start = ContinuousClock.now
            task.cancel()
            queued.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            await #expect(throws: CancellationError.self) { try await queued.value }
            #expect(start.duration(to: .now) < .seconds(1))
            let rows = try await pool.read("select 1")
            #expect(rows.count == 1)
            #expect(pool.status.waiting == 0)
        }
    }

    @Test func `a task cancelled before it asks gets nothing`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await pool.read("select 1")
            }
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func `a transaction cannot be used after its end`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let escaped = try await pool.transaction { transaction in
                _ = try await transaction.query("select 1")
                return transaction
            }
            let error = await #expect(throws: PostgresError.self) {
                try await escaped.query("select 1")
            }
            #expect(error?.kind == .misuse)
        }
    }

    @Test func `a transaction refuses two tasks at once`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let kinds = try await pool.transaction { transaction in
                await withTaskGroup(of: PostgresError.Kind?.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            do {
                                try await transaction.query("select pg_sleep(0.2)")
                                return nil
                            } catch {
                                return (error as? PostgresError)?.kind
                            }
                        }
                    }
                    return await group.reduce(into: []) { $0.append($1) }
                }
            }
            #expect(Set(kinds) == [nil, .misuse])
        }
    }

    @Test func `settings given in the middle hold from the next statement on`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let seen = try await pool.transaction(
                settings: [LocalSetting(name: "app.x", value: "a")]
            ) { transaction in
                let query: SQL = "select current_setting('app.x', true) as x"
                let first = try await transaction.query(query)
                try await transaction.set([LocalSetting(name: "app.x", value: "b")])
                let second = try await transaction.query(query)
                return try [first, second].map { try $0.first?.decode("x", as: String.self) }
            }
            #expect(seen == ["a", "b"])
            let after = try await pool.read("select current_setting('app.x', true) as x")
            #expect(try after.first?.decode("x", as: String?.self) ?? "" == "")
        }
    }

    @Test func `an empty transaction sends nothing`() async throws {
        try await TestServer.withPool(size: 1) { pool in
            let value = try await pool.transaction { _ in 5 }
            #expect(value == 5)
        }
    }
}
