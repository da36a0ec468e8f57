import Postgres

/// The SQL that finds who is to be paid, of whichever tenant.
struct PayeeRepository: Sendable {
    let database: Database

    func place(
        of url: PaymentPointerURL
    ) async throws -> (tenant: TenantID, pointer: PaymentPointerID)? {
        try await database.readDirectory(
            """
            -- payees.place
            select tenant_id, payment_pointer_id
            from hazina.resolve_payment_pointer(\(url.normalized))
            """
        ).first.map { (try $0.id("tenant_id"), try $0.id("payment_pointer_id")) }
    }

    /// The payment that a payment pointer of the tenant expects.
    func payee(
        _ id: IncomingPaymentID, at url: PaymentPointerURL, tenant: TenantID
    ) async throws -> Payee? {
        let list = IncomingPaymentRepository.list
        return try await database.read(
            """
            -- payees.find_home
            select \(unescaped: list.columns), now() as moment
            from hazina.incoming_payments t \(unescaped: list.joins)
            join hazina.payment_pointers p
                on p.tenant_id = t.tenant_id and p.id = t.payment_pointer_id
            where t.tenant_id = \(tenant) and t.id = \(id)
                and p.normalized_url collate "C" = \(url.normalized)
            """, as: tenant
        ).first.map { try Self.payee($0, tenant) }
    }

    /// The payment that the payment pointer expects, read as its tenant.
    func payee(
        _ id: IncomingPaymentID, of pointer: PaymentPointerID, tenant: TenantID
    ) async throws -> Payee? {
        let list = IncomingPaymentRepository.list
        return try await database.read(
            """
            -- payees.find
            select \(unescaped: list.columns), now() as moment
            from hazina.incoming_payments t \(unescaped: list.joins)
            join hazina.tenants o on o.tenant_id = t.tenant_id and o.disabled_at is null
            where t.tenant_id = \(tenant) and t.id = \(id) and t.payment_pointer_id = \(pointer)
            """, as: tenant
        ).first.map { try Self.payee($0, tenant) }
    }

    private static func payee(_ row: Row, _ tenant: TenantID) throws -> Payee {
        Payee(
            tenantID: tenant, payment: try IncomingPaymentRepository.payment(row),
            moment: try row.decode("moment"))
    }
}
