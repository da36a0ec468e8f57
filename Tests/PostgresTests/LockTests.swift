import Foundation
import Postgres
import Testing

/// Work that meets a lock of somebody else's.
@Suite(.timeLimit(.minutes(2))) struct LockTests {
    /// A table with the rows 1 and 2, the first of which is locked while `body` runs.
    private func withLockedRow(
        size: Int, patience: Duration = .seconds(60),
        _ body: (Pool, _ table: String, _ unlock: () async throws -> Void) async throws -> Void
    ) async throws {
        let table = TestServer.uniqueName("t")
        try await TestServer.withPool(size: size) {
            $0.lockWait = .milliseconds(50)
            $0.lockPatience = patience
        } _: { pool in
            _ = try await pool.write([
                "create table \(unescaped: table) (id int primary key, n int not null)",
                "insert into \(unescaped: table) values (1, 0), (2, 0)",
            ])
            try await TestServer.withConnection { other in
                try await other.execute(
                    script: "begin; select from \(table) where id = 1 for update")
                try await body(pool, table) { try await other.execute(script: "rollback") }
            }
            _ = try await pool.write(["drop table \(unescaped: table)"])
        }
    }

    private func add(to id: Int, _ table: String) -> SQL {
        "update \(unescaped: table) set n = n + 1 where id = \(id)"
    }

    private func sums(_ pool: Pool, _ table: String) async throws -> [Int] {
        try await pool.read("select n from \(unescaped: table) order by id")
            .map { try $0.decode("n") }
    }

    @Test(arguments: [1, 2])
    func `what waits for a lock lets others have its connection, and is done in the end`(
        size: Int
    ) async throws {
        try await withLockedRow(size: size) { pool, table, unlock in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 0..<4 {
                    tasks.addTask {
                        if number.isMultiple(of: 2) {
                            try await pool.write([add(to: 2, table), add(to: 1, table)])
                        } else {
                            try await pool.transaction { transaction in
                                try await transaction.execute(add(to: 2, table))
                                try await transaction.execute(add(to: 1, table))
                            }
                        }
                    }
                }
                while pool.status.leased == 0 { await Task.yield() }
                for _ in 0..<5 { try await pool.write([add(to: 2, table)]) }
                // Of what is done again nothing is left.
                #expect(try await sums(pool, table) == [0, 5])
                try await unlock()
                try await tasks.waitForAll()
            }
            #expect(try await sums(pool, table) == [4, 9])
        }
    }

    @Test func `it ends when its time is over`() async throws {
        try await withLockedRow(size: 2, patience: .milliseconds(300)) { pool, table, unlock in
            let write = await #expect(throws: PostgresError.self) {
                try await pool.write([add(to: 1, table)])
            }
            let transaction = await #expect(throws: PostgresError.self) {
                try await pool.transaction { try await $0.execute(add(to: 1, table)) }
            }
            for error in [write, transaction] {
                #expect(error?.sqlState == "55P03")
                #expect(error?.isUnavailable == true)
            }
            try await unlock()
            #expect(try await sums(pool, table) == [0, 0])
        }
    }

    @Test func `it ends with the request that it is done for`() async throws {
        try await withLockedRow(size: 2) { pool, table, unlock in
            let soon = ContinuousClock.now.advanced(by: .milliseconds(500))
            let error = await #expect(throws: PostgresError.self) {
                try await Pool.$deadline.withValue(soon) {
                    try await pool.write([add(to: 1, table)])
                }
            }
            #expect(error?.isUnavailable == true)
            try await unlock()
            try await pool.write([add(to: 1, table)])
            #expect(try await sums(pool, table) == [1, 0])
        }
    }
}
