import Foundation
import Postgres

/// All SQL of quotes.
struct QuoteRepository: Sendable {
    let database: Database
    private let insertions: GroupWrite<Insertion, Quote>

    init(database: Database) {
        self.database = database
        insertions = Self.insertions(database)
    }

    /// What a quote is read from, beside id and payment pointer.
    static func columns(_ alias: String) -> String {
        """
        \(alias).asset_id, \(alias).receiver, \(alias).receiver_tenant_id,
            \(alias).receiver_payment_id, \(alias).receive_asset_code,
            \(alias).receive_asset_scale, \(alias).send_amount, \(alias).fee_amount,
            \(alias).receive_amount, \(alias).exchange_rate,
            \(alias).created_at as quote_created_at, \(alias).expires_at as quote_expires_at,
            a.code, a.scale
        """
    }

    static let list = PaymentListRepository(
        name: "quotes", table: "hazina.quotes",
        columns: "t.tenant_id, t.id, t.payment_pointer_id, " + columns("t"),
        joins: "join hazina.assets a on a.tenant_id = t.tenant_id and a.id = t.asset_id")

    /// Makes a quote that can be used for so many seconds from when its receiver was read.
    func insert(_ new: NewQuote, seconds: Int, tenant: TenantID) async throws -> Quote {
        try await insertions.write(Insertion(quote: new, seconds: seconds), as: tenant)
    }

    private struct Insertion: Sendable {
        let quote: NewQuote
        let seconds: Int
    }

    private static func insertions(_ database: Database) -> GroupWrite<Insertion, Quote> {
        GroupWrite(database) { all, tenant in
            [insert(all, tenant)]
        } read: { answers, all in
            try zip(all, answers.joined()).map { new, row in try quote(of: new.quote, row) }
        }
    }

    private static func insert(_ all: [Insertion], _ tenant: TenantID) -> SQL {
        let quotes = all.map(\.quote)
        let receive = quotes.map(\.receiveAmount)
        return """
            -- quotes.insert
            insert into hazina.quotes (
                tenant_id, id, payment_pointer_id, asset_id, receiver, receiver_tenant_id,
                receiver_payment_id, receive_asset_code, receive_asset_scale, send_amount,
                fee_amount, receive_amount, exchange_rate, created_at, expires_at)
            select \(tenant), q.id, q.pointer, q.asset, q.receiver, q.receiver_tenant,
                q.receiver_payment, q.code, q.scale, q.send, q.fee, q.receive, q.rate,
                q.moment, q.moment + make_interval(secs => q.seconds)
            from unnest(
                \(quotes.map(\.id.uuid)), \(quotes.map(\.pointer.id.uuid)),
                \(quotes.map(\.pointer.asset.id.uuid)), \(quotes.map(\.receiver)),
                \(quotes.map(\.payee.tenantID.uuid)), \(quotes.map(\.payee.payment.id.uuid)),
                \(receive.map(\.assetCode)), \(receive.map { Int16(clamping: $0.assetScale) }),
                \(quotes.map(\.amounts.send)), \(quotes.map(\.amounts.fee)),
                \(receive.map(\.value)), \(quotes.map(\.exchangeRate)),
                \(quotes.map(\.payee.moment)), \(all.map { Double($0.seconds) })) with ordinality
                q (id, pointer, asset, receiver, receiver_tenant, receiver_payment, code, scale,
                    send, fee, receive, rate, moment, seconds, n)
            order by q.n
            returning created_at, expires_at
            """
    }

    private static func quote(of new: NewQuote, _ row: Row) throws -> Quote {
        Quote(
            id: new.id, tenantID: new.pointer.tenantID, paymentPointerID: new.pointer.id,
            assetID: new.pointer.asset.id, receiver: new.receiver,
            receiverTenantID: new.payee.tenantID, receiverPaymentID: new.payee.payment.id,
            sendAmount: new.sendAmount, feeAmount: new.sendAmount.with(new.amounts.fee),
            receiveAmount: new.receiveAmount, exchangeRate: new.exchangeRate,
            createdAt: try row.decode("created_at"), expiresAt: try row.decode("expires_at"))
    }

    func find(_ id: QuoteID, tenant: TenantID) async throws -> Quote? {
        try await database.read(Self.list.find(id.uuid, tenant: tenant), as: tenant)
            .first.map(Self.quote)
    }

    /// A quote on the way to a payment.
    struct Usable: Sendable {
        let quote: Quote
        /// When it was read.
        let moment: Timestamp
        /// Whether a payment has used it.
        let isUsed: Bool
        /// Whether its receiver still takes money; nil for a receiver of another tenant.
        let receiverIsOpen: Bool?
    }

    func findForPayment(_ id: QuoteID, tenant: TenantID) async throws -> Usable? {
        try await database.read(
            """
            -- quotes.find_for_payment
            select \(unescaped: Self.list.columns), now() as moment, exists (
                    select from hazina.outgoing_payments o
                    where o.tenant_id = \(tenant) and o.id = \(id)) as is_used,
                t.receiver_tenant_id = t.tenant_id as is_home, exists (
                    select from hazina.incoming_payments r
                    where r.tenant_id = \(tenant) and r.id = t.receiver_payment_id
                        and r.expires_at > now()
                        and r.state in ('PENDING', 'PROCESSING')) as receiver_is_open
            from hazina.quotes t \(unescaped: Self.list.joins)
            where t.tenant_id = \(tenant) and t.id = \(id)
            """, as: tenant
        ).first.map { row in
            Usable(
                quote: try Self.quote(row), moment: try row.decode("moment"),
                isUsed: try row.decode("is_used"),
                receiverIsOpen: try row.decode("is_home")
                    ? try row.decode("receiver_is_open") : nil)
        }
    }

    func pages(
        of pointers: [PaymentPointerID], _ request: PageRequest, tenant: TenantID
    ) async throws -> [Page<Quote>] {
        let pointers = pointers.map(\.uuid)
        let rows = try await database.read(
            Self.list.pages(of: pointers, request, tenant: tenant), as: tenant)
        return try PaymentListRepository.pages(rows, of: pointers, request, Self.quote)
    }

    /// The quote in a row with `columns`, its id and its payment pointer's.
    static func quote(_ row: Row) throws -> Quote {
        let send = try row.amount("send_amount")
        return Quote(
            id: try row.id("id"), tenantID: try row.id("tenant_id"),
            paymentPointerID: try row.id("payment_pointer_id"),
            assetID: try row.id("asset_id"), receiver: try row.decode("receiver"),
            receiverTenantID: try row.id("receiver_tenant_id"),
            receiverPaymentID: try row.id("receiver_payment_id"), sendAmount: send,
            feeAmount: send.with(try row.decode("fee_amount")),
            receiveAmount: Amount(
                try row.decode("receive_amount"), assetCode: try row.decode("receive_asset_code"),
                assetScale: Int(try row.decode("receive_asset_scale", as: Int16.self))),
            exchangeRate: try row.decode("exchange_rate"),
            createdAt: try row.decode("quote_created_at"),
            expiresAt: try row.decode("quote_expires_at"))
    }
}
