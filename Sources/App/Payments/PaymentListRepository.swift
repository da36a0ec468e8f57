import Foundation
import Postgres

/// The SQL that lists payments and quotes: of the tenant, or of several payment pointers at once.
struct PaymentListRepository: Sendable {
    /// What the names of the statements begin with.
    let name: String
    let table: String
    /// What is read, `t` being the row of the table.
    let columns: String
    let joins: String

    func find(_ id: UUID, tenant: TenantID) -> SQL {
        """
        -- \(unescaped: name).find
        select \(unescaped: columns)
        from \(unescaped: table) t \(unescaped: joins)
        where t.tenant_id = \(tenant) and t.id = \(id)
        """
    }

    func find(_ ids: [UUID], tenant: TenantID) -> SQL {
        """
        -- \(unescaped: name).find_all
        select \(unescaped: columns)
        from \(unescaped: table) t \(unescaped: joins)
        where t.tenant_id = \(tenant) and t.id = any (\(ids))
        """
    }

    /// Rows in the order of their ids, which nobody else changes until the transaction ends. Looked
    /// up one by one, so that the primary key finds them whatever the planner knows of the table.
    func lock(_ ids: [UUID], tenant: TenantID) -> SQL {
        """
        -- \(unescaped: name).lock
        select \(unescaped: columns), now() as moment
        from (select id from unnest(\(ids)) w (id) order by id) w
        cross join lateral (
            select i.* from \(unescaped: table) i
            where i.tenant_id = \(tenant) and i.id = w.id for no key update) t
        \(unescaped: joins)
        order by t.id
        """
    }

    /// A page of each payment pointer, in the order of the payment pointers.
    func pages(of pointers: [UUID], _ page: PageRequest, tenant: TenantID) -> SQL {
        let scan = ListScan(table, by: ["id"], isDescending: false, page, tenant: tenant)
        return """
            -- \(unescaped: name).pages
            select p.pointer_id, \(unescaped: columns),
                \(page.hasCursor) and exists (
                    select from \(unescaped: table) o
                    where o.tenant_id = \(tenant) and o.payment_pointer_id = p.pointer_id
                        \(before: scan, "o")) as has_other
            from unnest(\(pointers)) with ordinality p (pointer_id, n)
            cross join lateral (
                select i.* from \(unescaped: table) i
                where i.tenant_id = \(tenant) and i.payment_pointer_id = p.pointer_id
                    \(after: scan, "i")
                order by \(unescaped: scan.order("i")) limit \(scan.limit)) t
            \(unescaped: joins)
            order by p.n, \(unescaped: scan.order("t"))
            """
    }

    /// A page of the tenant's rows.
    func page(
        _ filter: PaymentFilter, isDescending: Bool, _ page: PageRequest, tenant: TenantID
    ) -> SQL {
        let scan = ListScan(table, by: ["id"], isDescending: isDescending, page, tenant: tenant)
        return """
            -- \(unescaped: name).page
            select \(unescaped: columns),
                \(page.hasCursor) and (
                    select true from \(unescaped: table) o
                    where o.tenant_id = \(tenant)\(matching: filter, "o")\(before: scan, "o")
                    order by \(unescaped: scan.order("o")) limit 1) is true as has_other
            from \(unescaped: table) t \(unescaped: joins)
            where t.tenant_id = \(tenant)\(matching: filter, "t")\(after: scan, "t")
            order by \(unescaped: scan.order("t")) limit \(scan.limit)
            """
    }

    /// The pages that `pages` read.
    static func pages<Node>(
        _ rows: Rows, of pointers: [UUID], _ request: PageRequest, _ node: (Row) throws -> Node
    ) throws -> [Page<Node>] {
        var nodes: [UUID: [Node]] = [:]
        var hasOther: [UUID: Bool] = [:]
        for row in rows {
            let pointer: UUID = try row.decode("pointer_id")
            nodes[pointer, default: []].append(try node(row))
            hasOther[pointer] = try row.decode("has_other")
        }
        return pointers.map { pointer in
            Page(rows: nodes[pointer] ?? [], of: request, hasOther: hasOther[pointer] ?? false)
        }
    }
}

/// Which payments a list has; nil for any.
struct PaymentFilter: Sendable {
    let state: String?
    let paymentPointer: UUID?
    let externalRef: String?

    /// - Parameter paymentPointer: one that is no UUID matches nothing, as an unknown one.
    init(state: String?, paymentPointer: String?, externalRef: String?) throws {
        if let externalRef {
            try InvalidInput.check(externalRef, "filter.externalRef", length: 0...255)
        }
        self.state = state
        self.externalRef = externalRef
        self.paymentPointer = paymentPointer.map { UUID(text: $0) ?? UUIDv7.none }
    }
}

extension UUIDv7 {
    /// The id of nothing.
    static let none = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}

extension SQL.StringInterpolation {
    fileprivate mutating func appendInterpolation(
        matching filter: PaymentFilter, _ alias: String
    ) {
        appendInterpolation(and: "\(alias).state", is: filter.state)
        appendInterpolation(and: "\(alias).payment_pointer_id", is: filter.paymentPointer)
        appendInterpolation(and: "\(alias).external_ref", is: filter.externalRef)
    }
}

extension Row {
    /// From the columns `description`, `external_ref` and `metadata`.
    func paymentDetails() throws -> PaymentDetails {
        PaymentDetails(
            description: try decode("description"), externalRef: try decode("external_ref"),
            columns: try decode("metadata"))
    }

    /// A value of an asset `a`, whose code and scale are among the columns.
    func amount(_ column: String) throws -> Amount {
        Amount(
            try decode(column), assetCode: try decode("code"),
            assetScale: Int(try decode("scale", as: Int16.self)))
    }
}
