import Foundation
import Postgres

/// All SQL of outgoing payments. A payment is read with its quote.
struct OutgoingPaymentRepository: Sendable {
    let database: Database
    private let insertions: GroupWrite<Insertion, Void>

    init(database: Database) {
        self.database = database
        insertions = Self.insertions(database)
    }

    static let list = PaymentListRepository(
        name: "outgoing_payments", table: "hazina.outgoing_payments",
        columns: """
            t.tenant_id, t.id, t.payment_pointer_id, t.state, t.error, t.state_attempts,
                t.sent_amount, t.description, t.external_ref, t.metadata, t.created_at,
                t.updated_at,
            """ + " " + QuoteRepository.columns("q"),
        joins: """
            cross join lateral (
                    select z.* from hazina.quotes z
                    where z.tenant_id = t.tenant_id and z.id = t.id offset 0) q
                join hazina.assets a on a.tenant_id = q.tenant_id and a.id = q.asset_id
            """)

    /// Makes a payment with its event, and has it fail if its money does not come in time.
    /// - Throws: `PaymentError.invalidQuote` if its quote was used meanwhile.
    func insert(
        _ payment: OutgoingPayment, fundingSeconds: Int
    ) async throws {
        do {
            try await insertions.write(
                Insertion(payment: payment, fundingSeconds: fundingSeconds), as: payment.tenantID)
        } catch  where isViolation(of: "outgoing_payments_pkey", error) {
            throw PaymentError.invalidQuote
        }
    }

    private struct Insertion: Sendable {
        let payment: OutgoingPayment
        let fundingSeconds: Int
    }

    private static func insertions(_ database: Database) -> GroupWrite<Insertion, Void> {
        GroupWrite(database) { all, tenant in
            let payments = all.map(\.payment)
            let events = payments.compactMap { payment in
                OutgoingPaymentChange(
                    payment: payment, state: .funding, moment: payment.createdAt
                ).event
            }
            return [
                insert(payments, tenant),
                WebhookEventRepository.insert(events, tenant: tenant),
                WorkRepository.schedule(
                    .outgoingPayment, payments.map(\.id.uuid),
                    inSeconds: all.map { Double($0.fundingSeconds) }),
            ]
        } read: { _, all in
            all.map { _ in () }
        }
    }

    private static func insert(_ payments: [OutgoingPayment], _ tenant: TenantID) -> SQL {
        let metadata = SlicedTexts(payments.map(\.details.metadataColumns))
        return """
            -- outgoing_payments.insert
            insert into hazina.outgoing_payments (
                tenant_id, id, payment_pointer_id, description, external_ref, metadata,
                created_at, updated_at)
            select \(tenant), p.id, p.pointer, p.description, p.external_ref,
                (\(metadata.texts))[p.first_text:p.last_text], p.created_at, p.created_at
            from unnest(
                \(payments.map(\.id.uuid)), \(payments.map(\.paymentPointerID.uuid)),
                \(payments.map(\.details.description)), \(payments.map(\.details.externalRef)),
                \(metadata.firsts), \(metadata.lasts), \(payments.map(\.createdAt)))
                with ordinality p (id, pointer, description, external_ref, first_text, last_text,
                    created_at, n)
            order by p.n
            """
    }

    func find(_ id: OutgoingPaymentID, tenant: TenantID) async throws -> OutgoingPayment? {
        try await database.read(Self.list.find(id.uuid, tenant: tenant), as: tenant)
            .first.map(Self.payment)
    }

    func find(_ ids: [UUID], tenant: TenantID) async throws -> [UUID: OutgoingPayment] {
        let rows = try await database.read(Self.list.find(ids, tenant: tenant), as: tenant)
        return Dictionary(try rows.map { try Self.payment($0) }.map { ($0.id.uuid, $0) }) { $1 }
    }

    /// The payments in the order of their ids, and the moment of the transaction.
    func lock(
        _ ids: [UUID], tenant: TenantID, in transaction: Transaction
    ) async throws -> [(payment: OutgoingPayment, moment: Timestamp)] {
        try await transaction.query(Self.list.lock(ids, tenant: tenant)).map { row in
            (try Self.payment(row), try row.decode("moment"))
        }
    }

    /// The payment that an event asks money for; nil for any other event.
    static func fundable(_ events: [UUID], tenant: TenantID) -> SQL {
        """
        -- outgoing_payments.fundable
        select w.id as event_id, e.subject_id
        from unnest(\(events)) w (id)
        cross join lateral (
            select e.subject_id, e.type from hazina.webhook_events e
            where e.tenant_id = \(tenant) and e.id = w.id offset 0) e
        where e.type = \(WebhookEvent.Kind.outgoingPaymentCreated.rawValue)
        """
    }

    static func update(_ changes: [OutgoingPaymentChange], tenant: TenantID) -> SQL {
        """
        -- outgoing_payments.update
        update hazina.outgoing_payments t
        set state = c.state, error = c.error, state_attempts = c.attempts,
            sent_amount = c.sent, updated_at = c.moment
        from unnest(
            \(changes.map(\.payment.id.uuid)), \(changes.map(\.state.rawValue)),
            \(changes.map { $0.error?.rawValue }), \(changes.map { Int32(clamping: $0.attempts) }),
            \(changes.map(\.sent)), \(changes.map(\.moment)))
            c (id, state, error, attempts, sent, moment)
        cross join lateral (
            select i.ctid as place from hazina.outgoing_payments i
            where i.tenant_id = \(tenant) and i.id = c.id offset 0) i
        where t.tenant_id = \(tenant) and t.ctid = i.place
        """
    }

    func pages(
        of pointers: [PaymentPointerID], _ request: PageRequest, tenant: TenantID
    ) async throws -> [Page<OutgoingPayment>] {
        let pointers = pointers.map(\.uuid)
        let rows = try await database.read(
            Self.list.pages(of: pointers, request, tenant: tenant), as: tenant)
        return try PaymentListRepository.pages(rows, of: pointers, request, Self.payment)
    }

    func page(
        _ request: PageRequest, _ filter: PaymentFilter, isDescending: Bool, tenant: TenantID
    ) async throws -> Page<OutgoingPayment> {
        let rows = try await database.read(
            Self.list.page(filter, isDescending: isDescending, request, tenant: tenant),
            as: tenant)
        return Page(
            rows: try rows.map(Self.payment), of: request,
            hasOther: try rows.first?.decode("has_other"))
    }

    private static func payment(_ row: Row) throws -> OutgoingPayment {
        guard let state = OutgoingPayment.State(rawValue: try row.decode("state")) else {
            throw PostgresError.decoding("unknown state of an outgoing payment")
        }
        return OutgoingPayment(
            id: try row.id("id"), quote: try QuoteRepository.quote(row), state: state,
            error: try row.decode("error"),
            stateAttempts: Int(try row.decode("state_attempts", as: Int32.self)),
            sentAmount: try row.decode("sent_amount"), details: try row.paymentDetails(),
            createdAt: try row.decode("created_at"), updatedAt: try row.decode("updated_at"))
    }
}
