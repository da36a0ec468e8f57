import Foundation
import Postgres

/// All SQL of quotes.
struct QuoteRepository: Sendable {
    let database: Database

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

    func insert(_ new: NewQuote, seconds: Int, tenant: TenantID) async throws -> Quote {
        let receive = new.receiveAmount
        let rows = try await database.write(
            [
                """
                -- quotes.insert
                insert into hazina.quotes (
                    tenant_id, id, payment_pointer_id, asset_id, receiver, receiver_tenant_id,
                    receiver_payment_id, receive_asset_code, receive_asset_scale, send_amount,
                    fee_amount, receive_amount, exchange_rate, expires_at)
                values (
                    \(tenant), \(new.id), \(new.pointer.id), \(new.pointer.asset.id),
                    \(new.receiver), \(new.payee.tenantID), \(new.payee.payment.id),
                    \(receive.assetCode), \(Int16(clamping: receive.assetScale)),
                    \(new.amounts.send), \(new.amounts.fee), \(receive.value),
                    \(new.exchangeRate), now() + make_interval(secs => \(Double(seconds))))
                returning created_at, expires_at
                """
            ], as: tenant)
        guard let row = rows.first?.first else {
            throw PostgresError.decoding("no answer to the insertion of a quote")
        }
        return Quote(
            id: new.id, tenantID: tenant, paymentPointerID: new.pointer.id,
            assetID: new.pointer.asset.id, receiver: new.receiver,
            receiverTenantID: new.payee.tenantID, receiverPaymentID: new.payee.payment.id,
            sendAmount: new.sendAmount, feeAmount: new.sendAmount.with(new.amounts.fee),
            receiveAmount: receive, exchangeRate: new.exchangeRate,
            createdAt: try row.decode("created_at"), expiresAt: try row.decode("expires_at"))
    }

    func find(_ id: QuoteID, tenant: TenantID) async throws -> Quote? {
        try await database.read(Self.list.find(id.uuid, tenant: tenant), as: tenant)
            .first.map(Self.quote)
    }

    /// A quote, the moment it was read at, and whether a payment has used it.
    func findForPayment(
        _ id: QuoteID, tenant: TenantID
    ) async throws -> (quote: Quote, moment: Timestamp, isUsed: Bool)? {
        try await database.read(
            """
            -- quotes.find_for_payment
            select \(unescaped: Self.list.columns), now() as moment, exists (
                select from hazina.outgoing_payments o
                where o.tenant_id = \(tenant) and o.id = \(id)) as is_used
            from hazina.quotes t \(unescaped: Self.list.joins)
            where t.tenant_id = \(tenant) and t.id = \(id)
            """, as: tenant
        ).first.map { row in
            (try Self.quote(row), try row.decode("moment"), try row.decode("is_used"))
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
