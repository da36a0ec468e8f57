import App
import Foundation
import Postgres
import TestSupport
import Testing

/// What a transaction elsewhere has locked of one tenant is no other tenant's matter.
@Suite(.timeLimit(.minutes(5))) struct LockedTenantTests {
    private typealias Tenant = GraphQLTester.TestTenant

    /// Writes of a tenant that wait while its assets and accounts are locked.
    private func blocked(
        _ tenant: Tenant, _ pointer: GraphQLTester.TestPointer, _ asset: String,
        _ tester: GraphQLTester
    ) async throws {
        async let receiver = tester.makeReceiver(pointer, 100, as: tenant.credentials)
        async let deposit: Void = tester.deposit(5, toAsset: asset, as: tenant.credentials)
        _ = try await (receiver, deposit)
    }

    /// A whole payment of a tenant, with all that it writes.
    private func pay(
        _ tenant: Tenant, _ pointer: GraphQLTester.TestPointer, _ tester: GraphQLTester
    ) async throws {
        let receiver = try await tester.makeReceiver(pointer, 100, as: tenant.credentials)
        let payment = try await tester.makePayment(
            from: pointer, to: receiver, as: tenant.credentials)
        #expect(try await tester.fund(payment, as: tenant).code == "200")
    }

    @Test(arguments: [(poolSize: 1, locked: 1), (poolSize: 4, locked: 4)])
    func `tenants with locked rows hold up no other`(poolSize: Int, locked: Int) async throws {
        try await GraphQLTester.with(poolSize: poolSize) { tester in
            var tenants: [(Tenant, GraphQLTester.TestPointer, String)] = []
            for _ in 0...locked {
                let tenant = try await tester.makeTenant()
                let pointer = try await tester.makePointer(as: tenant.credentials)
                let asset = try await tester.asset(of: pointer, as: tenant.credentials)
                tenants.append((tenant, pointer, asset))
            }
            let (free, freePointer, _) = tenants.removeLast()
            let ids = tenants.map { "'\($0.0.id)'" }.joined(separator: ",")
            try await TestDatabase.admin(tester.database.adminURL) { connection in
                try await connection.execute(
                    script: """
                        begin;
                        select from hazina.assets where tenant_id in (\(ids)) for update;
                        select from hazina.ledger_accounts where tenant_id in (\(ids)) for update
                        """)
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for (tenant, pointer, asset) in tenants {
                        tasks.addTask { try await blocked(tenant, pointer, asset, tester) }
                    }
                    while tester.pool.status.leased == 0 { await Task.yield() }
                    for _ in 0..<2 { try await pay(free, freePointer, tester) }
                    try await connection.execute(script: "rollback")
                    try await tasks.waitForAll()
                }
            }
            for (tenant, pointer, _) in tenants { try await pay(tenant, pointer, tester) }
        }
    }
}
