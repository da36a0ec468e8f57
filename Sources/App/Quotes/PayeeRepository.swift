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
        ).first.map { row in
            Payee(
                tenantID: tenant, payment: try IncomingPaymentRepository.payment(row),
                moment: try row.decode("moment"))
        }
    }
}
