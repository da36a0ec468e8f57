import Postgres

/// The SQL of lists of payment pointers.
struct PaymentPointerListRepository: Sendable {
    private static let columns = PaymentPointerRepository.columns
    private static let url = #"normalized_url collate "C""#

    let database: Database

    func page(
        _ page: PageRequest, _ filter: PaymentPointerFilter,
        by order: ListOrder<PaymentPointerOrderField>, tenant: TenantID
    ) async throws -> Page<PaymentPointer> {
        let key =
            switch order.field {
            case .createdAt: ["id"]
            case .url: [Self.url]
            }
        let scan = ListScan(
            "hazina.payment_pointers", by: key, isDescending: order.isDescending, page,
            tenant: tenant)
        let isOfAssets = filter.assetCode != nil || filter.assetScale != nil
        let rows = try await database.read(
            isOfAssets ? Self.listOfAssets(scan, filter) : Self.list(scan, filter), as: tenant)
        return Page(
            rows: try rows.map(PaymentPointerRepository.paymentPointer), of: page,
            hasOther: try rows.first?.decode("has_other"))
    }

    private static func list(_ scan: ListScan, _ filter: PaymentPointerFilter) -> SQL {
        """
        -- payment_pointers.page
        select \(unescaped: columns),
            \(scan.page.hasCursor) and (
                select true from hazina.payment_pointers o
                where o.tenant_id = \(scan.tenant)\(of: filter, "o")\(before: scan, "o")
                order by \(unescaped: scan.order("o")) limit 1) is true as has_other
        from hazina.payment_pointers p
        join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
        where p.tenant_id = \(scan.tenant)\(of: filter, "p")\(after: scan, "p")
        order by \(unescaped: scan.order("p")) limit \(scan.limit)
        """
    }

    /// Takes no more than a page from each asset of the filter, however many payment pointers it
    /// has.
    private static func listOfAssets(_ scan: ListScan, _ filter: PaymentPointerFilter) -> SQL {
        let scale = filter.assetScale.map { Int16(clamping: $0) }
        return """
            -- payment_pointers.page_of_assets
            select \(unescaped: columns),
                \(scan.page.hasCursor) and exists (
                    select 1 from hazina.assets b
                    cross join lateral (
                        select true from hazina.payment_pointers o
                        where o.tenant_id = \(scan.tenant) and o.asset_id = b.id
                            \(of: filter, "o")\(before: scan, "o")
                        order by \(unescaped: scan.order("o")) limit 1
                    ) o
                    where b.tenant_id = \(scan.tenant)
                        \(and: "b.code", is: filter.assetCode)\(and: "b.scale", is: scale)
                ) as has_other
            from hazina.assets a
            cross join lateral (
                select p.tenant_id, p.id, p.url, p.normalized_url, p.public_name, p.is_active,
                    p.created_at
                from hazina.payment_pointers p
                where p.tenant_id = \(scan.tenant) and p.asset_id = a.id
                    \(of: filter, "p")\(after: scan, "p")
                order by \(unescaped: scan.order("p")) limit \(scan.limit)
            ) p
            where a.tenant_id = \(scan.tenant)
                \(and: "a.code", is: filter.assetCode)\(and: "a.scale", is: scale)
            order by \(unescaped: scan.order("p")) limit \(scan.limit)
            """
    }
}

extension SQL.StringInterpolation {
    /// ` and` the conditions of the filter on the payment pointer itself. DEL stands behind every
    /// character that a normalised URL can have.
    fileprivate mutating func appendInterpolation(of filter: PaymentPointerFilter, _ alias: String)
    {
        if let isActive = filter.isActive {
            appendLiteral(" and \(isActive ? "" : "not ")\(alias).is_active")
        }
        guard let prefix = filter.urlPrefix else { return }
        appendLiteral(" and \(alias).normalized_url collate \"C\" >= ")
        appendInterpolation(prefix)
        appendLiteral(" and \(alias).normalized_url collate \"C\" < ")
        appendInterpolation(prefix + "\u{7F}")
    }
}
