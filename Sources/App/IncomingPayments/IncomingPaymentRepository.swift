import Foundation
import Postgres

/// All SQL of incoming payments.
struct IncomingPaymentRepository: Sendable {
    let database: Database
    private let insertions: GroupWrite<NewIncomingPayment, Insertion>

    init(database: Database) {
        self.database = database
        insertions = Self.insertions(database)
    }

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

        fileprivate init(_ row: Row) throws {
            let code: String? = try row.decode("code")
            let made: Timestamp? = try row.decode("created_at")
            isPast = try row.decode("is_past")
            pointer = try code.map { code in
                (
                    code, Int(try row.decode("scale", as: Int16.self)),
                    try row.decode("is_active")
                )
            }
            payment = try made.map { _ in try IncomingPaymentRepository.payment(row) }
        }
    }

    /// Makes an incoming payment if all is well with it, and has it expire in time.
    func insert(
        _ new: NewIncomingPayment, tenant: TenantID
    ) async throws -> Insertion {
        try await insertions.write(new, as: tenant)
    }

    private static func insertions(
        _ database: Database
    ) -> GroupWrite<NewIncomingPayment, Insertion> {
        GroupWrite(database) { all, tenant in
            let ids = all.map { _ in IncomingPaymentID.next().uuid }
            return [insert(all, ids: ids, tenant), scheduleExpiry(ids, tenant)]
        } read: { answers, _ in
            try answers.first?.map { try Insertion($0) } ?? []
        }
    }

    private static func insert(
        _ all: [NewIncomingPayment], ids: [UUID], _ tenant: TenantID
    ) -> SQL {
        let amounts = all.map(\.incomingAmount)
        let metadata = SlicedTexts(all.map(\.details.metadataColumns))
        return """
            -- incoming_payments.insert
            with found as (
                select n.*, coalesce(n.expiry, now() + interval '90 days') as expires_at,
                    p.asset_id, p.is_active, p.code, p.scale
                from unnest(
                    \(ids), \(all.map(\.paymentPointerID.uuid)), \(all.map(\.expiresAt)),
                    \(amounts.map { $0?.value }), \(amounts.map { $0?.assetCode }),
                    \(amounts.map { $0.map { Int16(clamping: $0.assetScale) } }),
                    \(all.map(\.details.description)), \(all.map(\.details.externalRef)),
                    \(metadata.firsts), \(metadata.lasts)) with ordinality
                    n (id, pointer, expiry, amount, amount_code, amount_scale, description,
                        external_ref, first_text, last_text, n)
                left join lateral (
                    select p.asset_id, p.is_active, a.code, a.scale
                    from hazina.payment_pointers p
                    join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
                    where p.tenant_id = \(tenant) and p.id = n.pointer offset 0
                ) p on true
            ), made as (
                insert into hazina.incoming_payments (
                    tenant_id, id, payment_pointer_id, asset_id, incoming_amount, description,
                    external_ref, metadata, expires_at)
                select \(tenant), f.id, f.pointer, f.asset_id, f.amount, f.description,
                    f.external_ref, (\(metadata.texts))[f.first_text:f.last_text], f.expires_at
                from found f
                where f.expires_at > now() and f.is_active and f.amount is distinct from 0
                    and (f.code, f.scale) = (
                        coalesce(f.amount_code, f.code), coalesce(f.amount_scale, f.scale))
                order by f.n
                returning *
            )
            select f.expires_at <= now() as is_past, f.code, f.scale, f.is_active,
                \(tenant)::uuid as tenant_id, made.id, made.payment_pointer_id, made.asset_id,
                made.state, made.incoming_amount, made.received_amount, made.description,
                made.external_ref, made.metadata, made.expires_at, made.created_at,
                made.updated_at
            from found f left join made on made.id = f.id
            order by f.n
            """
    }

    private static func scheduleExpiry(_ ids: [UUID], _ tenant: TenantID) -> SQL {
        """
        -- incoming_payments.schedule_expiry
        select hazina.work_schedule(
            \(WorkKind.incomingPayment.rawValue), array_agg(t.id), array_agg(t.expires_at))
        from unnest(\(ids)) w (id)
        cross join lateral (
            select i.id, i.expires_at from hazina.incoming_payments i
            where i.tenant_id = \(tenant) and i.id = w.id offset 0) t
        having count(*) > 0
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
