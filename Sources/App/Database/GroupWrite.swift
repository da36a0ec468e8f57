import Foundation
import Ledger
import Postgres

/// Writes things of one kind that come at the same time in one transaction of their tenant: a
/// commit costs more than most of what it commits.
final class GroupWrite<New: Sendable, Made: Sendable>: Sendable {
    /// How many things one transaction writes at most.
    private static var limit: Int { 64 }
    /// How many transactions may be under way at once, over all tenants.
    private static var concurrency: Int { 2 }

    /// The statements that write things of a tenant: all of them, or none.
    typealias Statements = @Sendable (_ all: [New], _ tenant: TenantID) -> [SQL]
    /// What each thing has become, by the answers to the statements.
    typealias Reading = @Sendable (_ answers: [Rows], _ all: [New]) throws -> [Made]

    private let group: Group
    private let coalescer: Coalescer<New, Made>

    private struct Group: Sendable {
        let database: Database
        let statements: Statements
        let read: Reading

        func write(_ all: [New], as tenant: TenantID) async throws -> [Made] {
            let made = try read(try await database.write(statements(all, tenant), as: tenant), all)
            guard made.count == all.count else {
                throw PostgresError.decoding("\(made.count) answers for \(all.count) things")
            }
            return made
        }

        /// One result each; what one of them does wrong, the others do not suffer for.
        func run(_ all: [New], as tenant: TenantID) async -> [Result<Made, any Error>] {
            do {
                return try await write(all, as: tenant).map { .success($0) }
            } catch let error as PostgresError where error.mayBeOfOneRow && all.count > 1 {
                var results: [Result<Made, any Error>] = []
                for new in all { results += await run([new], as: tenant) }
                return results
            } catch {
                return all.map { _ in .failure(error) }
            }
        }
    }

    init(_ database: Database, statements: @escaping Statements, read: @escaping Reading) {
        let group = Group(database: database, statements: statements, read: read)
        self.group = group
        coalescer = Coalescer(
            limit: Self.limit, concurrency: Self.concurrency, executor: database.executor,
            tracer: database.tracer, name: "writing"
        ) { all, tenant in
            await group.run(all, as: TenantID(tenant))
        }
    }

    /// Writes one thing, with others or, within a request's own transaction, alone.
    func write(_ new: New, as tenant: TenantID) async throws -> Made {
        guard UnitOfWork.current == nil else {
            guard let made = try await group.write([new], as: tenant).first else {
                throw PostgresError.decoding("no answer to what was written")
            }
            return made
        }
        try await group.database.requireValidKey()
        return try await coalescer.perform(new, tenant: tenant.uuid)
    }
}
