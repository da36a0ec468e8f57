import Foundation
import Postgres

/// All SQL of incoming payments.
struct IncomingPaymentRepository: Sendable {
    let database: Database

    static let list = PaymentListRepository(
        name: "incoming_payments", table: "hazina.incoming_payments",
        columns: """
            t.tenant_id, t.id, t.payment_pointer_id, t.asset_id, t.state, t.incoming_amount,
                t.received_amount, t.description, t.external_ref, t.metadata, t.expires_at,
                t.created_at, t.updated_at, a.code, a.scale
            """,
        joins: "join hazina.assets a on a.tenant_id = t.tenant_id and a.id = t.asset_id")

    /// What came of an insertion.
    struct Insertion: Sendable {
        let isPast: Bool
        /// Nil for an unknown payment pointer.
        let pointer: (code: String, scale: Int, isActive: Bool)?
        /// Nil if nothing was made.
        let payment: IncomingPayment?
    }

    /// Makes an incoming payment if all is well with it, and has it expire in time.
    func insert(
        _ new: NewIncomingPayment, tenant: TenantID
    ) async throws -> Insertion {
        let id = IncomingPaymentID.next()
        let results = try await database.write(
            [Self.insert(new, id: id, tenant: tenant), Self.scheduleExpiry(id, tenant)],
            as: tenant)
        guard let row = results.first?.first else {
            throw PostgresError.decoding("no answer to the insertion of an incoming payment")
        }
        let code: String? = try row.decode("code")
        let made: Timestamp? = try row.decode("created_at")
        return Insertion(
            isPast: try row.decode("is_past"),
            pointer: try code.map { code in
                (
                    code, Int(try row.decode("scale", as: Int16.self)),
                    try row.decode("is_active")
                )
            },
            payment: try made.map { _ in try Self.payment(row) })
    }

    private static func insert(
        _ new: NewIncomingPayment, id: IncomingPaymentID, tenant: TenantID
    ) -> SQL {
        let amount = new.incomingAmount
        let scale = amount.map { Int16(clamping: $0.assetScale) }
        return """
            -- incoming_payments.insert
            with term as (
                select coalesce(\(new.expiresAt), now() + interval '90 days') as expires_at
            ), pointer as (
                select p.id, p.asset_id, p.is_active, a.code, a.scale
                from hazina.payment_pointers p
                join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
                where p.tenant_id = \(tenant) and p.id = \(new.paymentPointerID)
            ), made as (
                insert into hazina.incoming_payments (
                    tenant_id, id, payment_pointer_id, asset_id, incoming_amount, description,
                    external_ref, metadata, expires_at)
                select \(tenant), \(id), p.id, p.asset_id, \(amount?.value),
                    \(new.details.description), \(new.details.externalRef),
                    \(new.details.metadataColumns), term.expires_at
                from pointer p, term
                where term.expires_at > now() and p.is_active and \(amount?.value != 0)
                    and (p.code, p.scale) = (
                        coalesce(\(amount?.assetCode), p.code), coalesce(\(scale), p.scale))
                returning *
            )
            select term.expires_at <= now() as is_past, p.code, p.scale, p.is_active,
                \(tenant)::uuid as tenant_id, made.id, made.payment_pointer_id, made.asset_id,
                made.state, made.incoming_amount, made.received_amount, made.description,
                made.external_ref, made.metadata, made.expires_at, made.created_at,
                made.updated_at
            from term left join pointer p on true left join made on true
            """
    }

    private static func scheduleExpiry(_ id: IncomingPaymentID, _ tenant: TenantID) -> SQL {
        """
        -- incoming_payments.schedule_expiry
        select hazina.work_schedule(
            \(WorkKind.incomingPayment.rawValue), array[t.id], array[t.expires_at])
        from hazina.incoming_payments t where t.tenant_id = \(tenant) and t.id = \(id)
        """
    }

    func find(_ id: IncomingPaymentID, tenant: TenantID) async throws -> IncomingPayment? {
        try await database.read(Self.list.find(id.uuid, tenant: tenant), as: tenant)
            .first.map(Self.payment)
    }

    func find(_ ids: [UUID], tenant: TenantID) async throws -> [UUID: IncomingPayment] {
        let rows = try await database.read(Self.list.find(ids, tenant: tenant), as: tenant)
        return Dictionary(try rows.map { try Self.payment($0) }.map { ($0.id.uuid, $0) }) { $1 }
    }

    /// The payments in the order of their ids, and the moment of the transaction.
    func lock(
        _ ids: [UUID], tenant: TenantID, in transaction: Transaction
    ) async throws -> [(payment: IncomingPayment, moment: Timestamp)] {
        try await transaction.query(Self.list.lock(ids, tenant: tenant)).map { row in
            (try Self.payment(row), try row.decode("moment"))
        }
    }

    /// The statements that carry changes out: those that end a payment tell of it, and end its
    /// expiry.
    static func apply(_ changes: [IncomingPaymentChange], tenant: TenantID) -> [SQL] {
        guard !changes.isEmpty else { return [] }
        let ended = changes.filter { !$0.state.isOpen }.map(\.payment.id.uuid)
        var statements = [update(changes, tenant: tenant)]
        if !ended.isEmpty { statements.append(WorkRepository.finish(.incomingPayment, ended)) }
        return statements
    }

    private static func update(_ changes: [IncomingPaymentChange], tenant: TenantID) -> SQL {
        """
        -- incoming_payments.update
        update hazina.incoming_payments t
        set state = c.state, received_amount = c.received, updated_at = c.moment
        from unnest(
            \(changes.map(\.payment.id.uuid)), \(changes.map(\.state.rawValue)),
            \(changes.map(\.received)), \(changes.map(\.moment)))
            c (id, state, received, moment)
        cross join lateral (
            select i.ctid as place from hazina.incoming_payments i
            where i.tenant_id = \(tenant) and i.id = c.id offset 0) i
        where t.tenant_id = \(tenant) and t.ctid = i.place
        """
    }

    func pages(
        of pointers: [PaymentPointerID], _ request: PageRequest, tenant: TenantID
    ) async throws -> [Page<IncomingPayment>] {
        let pointers = pointers.map(\.uuid)
        let rows = try await database.read(
            Self.list.pages(of: pointers, request, tenant: tenant), as: tenant)
        return try PaymentListRepository.pages(rows, of: pointers, request, Self.payment)
    }

    func page(
        _ request: PageRequest, _ filter: PaymentFilter, isDescending: Bool, tenant: TenantID
    ) async throws -> Page<IncomingPayment> {
        let rows = try await database.read(
            Self.list.page(filter, isDescending: isDescending, request, tenant: tenant),
            as: tenant)
        return Page(
            rows: try rows.map(Self.payment), of: request,
            hasOther: try rows.first?.decode("has_other"))
    }

    static func payment(_ row: Row) throws -> IncomingPayment {
        guard let state = IncomingPayment.State(rawValue: try row.decode("state")) else {
            throw PostgresError.decoding("unknown state of an incoming payment")
        }
        let received = try row.amount("received_amount")
        return IncomingPayment(
            id: try row.id("id"), tenantID: try row.id("tenant_id"),
            paymentPointerID: try row.id("payment_pointer_id"),
            assetID: try row.id("asset_id"), state: state,
            incomingAmount: try row.decode("incoming_amount", as: UInt64?.self)
                .map { received.with($0) },
            receivedAmount: received, details: try row.paymentDetails(),
            expiresAt: try row.decode("expires_at"), createdAt: try row.decode("created_at"),
            updatedAt: try row.decode("updated_at"))
    }
}
