import Postgres

/// Reads one page of a sorted list: from the cursor's key on, or from an end of the list.
///
/// Whether there are rows on the other side is asked in the same statement with `order by` and
/// `limit 1`, not with `exists`, for which the planner is content with reading the table.
///
/// The key of a cursor is looked up by its id, so that cursors stay ids whatever the order. A row
/// that the filter leaves out is a place in the list all the same.
struct ListScan: Sendable {
    /// Where a cursor's row is found.
    let table: String
    /// The columns sorted by; together they are unique within a tenant.
    let key: [String]
    /// Whether rows are read against the order of the key.
    let isDescending: Bool
    let page: PageRequest
    let tenant: TenantID

    /// - Parameter isDescending: the order of the whole list; a backward page is read against it.
    init(
        _ table: String, by key: [String], isDescending: Bool, _ page: PageRequest,
        tenant: TenantID
    ) {
        self.table = table
        self.key = key
        self.isDescending = isDescending != page.isBackward
        self.page = page
        self.tenant = tenant
    }

    /// The terms of `order by`.
    func order(_ alias: String) -> String {
        key.map { "\(alias).\($0)" + (isDescending ? " desc" : "") }.joined(separator: ", ")
    }

    /// One row more than the page has, to tell whether there is another.
    var limit: Int { page.limit + 1 }

    fileprivate func columns(_ alias: String) -> String {
        key.map { "\(alias).\($0)" }.joined(separator: ", ")
    }
}

extension SQL.StringInterpolation {
    /// ` and <column> = <value>`; nothing without a value.
    mutating func appendInterpolation<Value: PostgresEncodable>(
        and column: String, is value: Value?
    ) {
        guard let value else { return }
        appendLiteral(" and \(column) = ")
        appendInterpolation(value)
    }

    /// ` and` the condition that a row comes after the scan's start. None does if the cursor is
    /// unknown, whose key is null.
    mutating func appendInterpolation(after scan: ListScan, _ alias: String) {
        guard scan.page.hasCursor else { return }
        append(scan, alias, scan.isDescending ? "<" : ">")
    }

    /// ` and` the condition that a row comes before what the scan reads; nothing without a cursor,
    /// where the scan reads from an end of the list.
    mutating func appendInterpolation(before scan: ListScan, _ alias: String) {
        guard scan.page.hasCursor else { return }
        append(scan, alias, scan.isDescending ? ">=" : "<=")
    }

    private mutating func append(_ scan: ListScan, _ alias: String, _ comparison: String) {
        appendLiteral(" and (\(scan.columns(alias))) \(comparison) (select ")
        appendLiteral("\(scan.columns("c")) from \(scan.table) c where c.tenant_id = ")
        appendInterpolation(scan.tenant)
        appendLiteral(" and c.id = ")
        appendInterpolation(scan.page.start)
        appendLiteral(")")
    }
}
