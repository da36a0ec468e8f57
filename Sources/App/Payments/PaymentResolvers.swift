import GraphQL

extension Resolvers<RequestContext> {
    /// Payments, what stands open between tenants, and the types that they share.
    mutating func payments(_ services: PaymentServices, _ liquidity: LiquidityService) {
        incomingPayments(services.incoming)
        quotes(services.quotes)
        outgoingPayments(services.outgoing, services.funding, services.withdrawals)
        positions(services.positions, liquidity)
        type("Amount", of: Amount.self) { type in
            type.field("value") { .uint64($0.value) }
            type.field("assetCode") { .string($0.assetCode) }
            type.field("assetScale") { .int($0.assetScale) }
        }
        type("MetadataEntry", of: PaymentDetails.Entry.self) { type in
            type.field("name") { .string($0.name) }
            type.field("value") { .string($0.value) }
        }
    }

    /// The subscriptions of a payment's states.
    mutating func paymentFeeds(_ services: PaymentServices, _ feeds: PaymentFeeds) {
        subscription("incomingPayment") { arguments, context in
            let payment = try await services.incoming.find(arguments.string("id"), in: context)
            return feeds.incoming.states(
                of: payment.id.uuid, payment, tenant: payment.tenantID
            ) { .object($0) }
        }
        subscription("outgoingPayment") { arguments, context in
            let payment = try await services.outgoing.find(arguments.string("id"), in: context)
            return feeds.outgoing.states(
                of: payment.id.uuid, payment, tenant: payment.tenantID
            ) { .object($0) }
        }
    }
}

extension Amount {
    /// From an input `AmountInput`.
    init(_ input: Arguments) throws {
        self.init(
            try input.uint64("value"), assetCode: try input.string("assetCode"),
            assetScale: try input.int("assetScale"))
    }
}

extension PaymentDetails {
    /// From an input with `description`, `externalRef` and `metadata`.
    init(_ input: Arguments) throws {
        try self.init(
            description: input.optionalString("description"),
            externalRef: input.optionalString("externalRef"),
            metadata: (input.optionalList("metadata") ?? []).compactMap(Entry.init))
    }
}

extension PaymentDetails.Entry {
    fileprivate init?(_ value: Value) throws {
        guard case .object(let members) = value else { return nil }
        let entry = Arguments(members)
        self.init(name: try entry.string("name"), value: try entry.string("value"))
    }
}

extension PaymentFilter {
    init(_ filter: Arguments?) throws {
        try self.init(
            state: filter?.optionalString("state"),
            paymentPointer: filter?.optionalString("paymentPointerId"),
            externalRef: filter?.optionalString("externalRef"))
    }
}

extension Arguments {
    /// Whether a list's argument `order` asks for the newest first.
    var isNewestFirst: Bool {
        get throws { try optionalString("order") == "NEWEST_FIRST" }
    }
}
