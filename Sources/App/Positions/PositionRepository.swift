import Foundation
import Postgres

/// All SQL of positions.
struct PositionRepository: Sendable {
    let database: Database

    private static let columns = """
        p.tenant_id, p.id, p.side, p.counterparty_id, p.amount_limit, p.created_at,
            \(Asset.joinedColumns)
        """

    /// The position, made if it is missing.
    func ensure(
        _ side: Position.Side, with counterparty: TenantID, asset: AssetID, limit: UInt64,
        tenant: TenantID, in transaction: Transaction
    ) async throws -> PositionID? {
        try await transaction.query(
            """
            -- positions.ensure
            insert into hazina.positions as p
                (tenant_id, id, asset_id, counterparty_id, side, amount_limit)
            values (
                \(tenant), \(PositionID.next()), \(asset), \(counterparty),
                \(side.rawValue), \(limit))
            on conflict (tenant_id, side, counterparty_id, asset_id) do update
            set amount_limit = excluded.amount_limit,
                updated_at = case when p.amount_limit = excluded.amount_limit
                    then p.updated_at else now() end
            returning id
            """
        ).first?.id("id")
    }

    /// The position's id and limit; nil if there is none.
    static func terms(
        _ side: Position.Side, with counterparty: TenantID, asset: AssetID, tenant: TenantID
    ) -> SQL {
        """
        -- positions.terms
        select id, amount_limit from hazina.positions
        where tenant_id = \(tenant) and side = \(side.rawValue)
            and counterparty_id = \(counterparty) and asset_id = \(asset)
        """
    }

    func terms(
        _ side: Position.Side, with counterparty: TenantID, asset: AssetID, tenant: TenantID,
        in transaction: Transaction? = nil
    ) async throws -> (id: PositionID, limit: UInt64)? {
        let statement = Self.terms(side, with: counterparty, asset: asset, tenant: tenant)
        let rows =
            if let transaction {
                try await transaction.query(statement)
            } else {
                try await database.read(statement, as: tenant)
            }
        return try rows.first.map { (try $0.id("id"), try $0.decode("amount_limit")) }
    }

    func find(_ id: PositionID, tenant: TenantID) async throws -> Position? {
        try await database.read(
            """
            -- positions.find
            select \(unescaped: Self.columns)
            from hazina.positions p
            join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
            where p.tenant_id = \(tenant) and p.id = \(id)
            """, as: tenant
        ).first.map(Self.position)
    }

    func page(
        _ page: PageRequest, _ filter: PositionFilter, tenant: TenantID
    ) async throws -> Page<Position> {
        let scan = ListScan(
            "hazina.positions", by: ["id"], isDescending: false, page, tenant: tenant)
        let rows = try await database.read(
            """
            -- positions.page
            select \(unescaped: Self.columns),
                \(page.hasCursor) and (
                    select true from hazina.positions o
                    where o.tenant_id = \(tenant)\(and: "o.side", is: filter.side)
                        \(and: "o.counterparty_id", is: filter.counterparty)
                        \(and: "o.asset_id", is: filter.asset)\(before: scan, "o")
                    order by \(unescaped: scan.order("o")) limit 1) is true as has_other
            from hazina.positions p
            join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
            where p.tenant_id = \(tenant)\(and: "p.side", is: filter.side)
                \(and: "p.counterparty_id", is: filter.counterparty)
                \(and: "p.asset_id", is: filter.asset)\(after: scan, "p")
            order by \(unescaped: scan.order("p")) limit \(scan.limit)
            """, as: tenant)
        return Page(
            rows: try rows.map(Self.position), of: page,
            hasOther: try rows.first?.decode("has_other"))
    }

    private static func position(_ row: Row) throws -> Position {
        guard let side = Position.Side(rawValue: try row.decode("side")) else {
            throw PostgresError.decoding("unknown side of a position")
        }
        return Position(
            id: try row.id("id"), side: side, counterpartyID: try row.id("counterparty_id"),
            asset: try Asset(joinedTo: row, tenant: try row.id("tenant_id")),
            limit: try row.decode("amount_limit"), createdAt: try row.decode("created_at"))
    }
}
