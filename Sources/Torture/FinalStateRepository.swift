import Foundation
import Postgres

/// Reads, as a superuser, what is in the database in the end.
struct FinalStateRepository {
    struct Transfer {
        let debit: UUID
        let credit: UUID
        let amount: UInt64
        let state: String
        let linkedTo: UUID?
    }

    let connection: DirectConnection

    func transfers(of tenants: [UUID]) async throws -> [UUID: Transfer] {
        var transfers: [UUID: Transfer] = [:]
        for row in try await connection.query(
            """
            -- final_state.transfers
            select id, debit_account_id, credit_account_id, amount, state::text as state, linked_to
            from hazina.ledger_transfers where tenant_id = any (\(tenants))
            """)
        {
            transfers[try row.decode("id")] = Transfer(
                debit: try row.decode("debit_account_id"),
                credit: try row.decode("credit_account_id"), amount: try row.decode("amount"),
                state: try row.decode("state"), linkedTo: try row.decode("linked_to"))
        }
        return transfers
    }

    /// What each account has available; of settlement accounts, what went in less what went out.
    func balances(
        of tenants: [UUID]
    ) async throws -> (available: [UUID: Int], settlements: Set<UUID>) {
        var available: [UUID: Int] = [:]
        var settlements: Set<UUID> = []
        for row in try await connection.query(
            """
            -- final_state.balances
            select id, kind = 'settlement' as is_settlement,
                (credits_posted - debits_posted - debits_pending)::bigint as available
            from hazina.ledger_accounts where tenant_id = any (\(tenants))
            """)
        {
            let id: UUID = try row.decode("id")
            available[id] = try row.decode("available")
            if try row.decode("is_settlement") { settlements.insert(id) }
        }
        return (available, settlements)
    }

    /// How often each address of a peer is there.
    func peers() async throws -> [String: Int] {
        var peers: [String: Int] = [:]
        for row in try await connection.query(
            """
            -- final_state.peers
            select static_ilp_address as address, count(*) as number
            from hazina.peers group by 1
            """)
        {
            peers[try row.decode("address")] = try row.decode("number")
        }
        return peers
    }
}
