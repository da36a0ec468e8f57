import GraphQL
import TestSupport

/// What arguments can be given that their fields take: values of the right form.
struct SampleArguments: Sendable {
    /// What ids and secrets are, by what they are of.
    let things: [String: String]

    /// What an id is the id of, where its name does not tell: by the field and the path.
    private static let kinds: [String: String] = [
        "addKeyToClient.input.id": "clientKey", "apiKeys.after": "key", "apiKeys.before": "key",
        "asset.id": "asset", "assets.after": "asset", "assets.before": "asset",
        "auditLog.after": "auditEntry", "auditLog.before": "auditEntry",
        "auditLog.filter.keyId": "usedKey", "auditLog.filter.subjectId": "asset",
        "cancelIncomingPayment.id": "incomingPayment",
        "cancelOutgoingPayment.id": "outgoingPayment", "client.id": "client",
        "clients.after": "client", "clients.before": "client",
        "completeIncomingPayment.id": "incomingPayment", "deletePeer.id": "peer",
        "createPositionLiquidityWithdrawal.input.positionId": "payable",
        "deleteTenant.id": "tenant", "incomingPayment.id": "incomingPayment",
        "incomingPayments.after": "incomingPayment", "incomingPayments.before": "incomingPayment",
        "ledgerAccount.id": "peer", "ledgerTransfer.id": "transfer",
        "outgoingPayment.id": "outgoingPayment", "outgoingPayments.after": "outgoingPayment",
        "outgoingPayments.before": "outgoingPayment", "paymentPointer.id": "paymentPointer",
        "paymentPointers.after": "paymentPointer", "paymentPointers.before": "paymentPointer",
        "peer.id": "peer", "peers.after": "peer", "peers.before": "peer",
        "position.id": "position", "positions.after": "position", "positions.before": "position",
        "quote.id": "quote", "redeemApiKey.input.key": "apiKeySecret",
        "refreshSession.input.key": "sessionSecret", "resendWebhookEvent.id": "event",
        "revokeApiKey.input.id": "key", "revokeClientKey.keyId": "clientKey",
        "revokeSession.input.key": "sessionSecret", "revokeTenantKey.input.id": "tenantKey",
        "setPositionLimit.input.tenantId": "counterparty", "tenant.id": "tenant",
        "tenantKeys.after": "tenantKey", "tenantKeys.before": "tenantKey",
        "tenants.after": "tenant", "tenants.before": "tenant",
        "transfer.input.sourceAccountId": "peer", "transfer.input.destinationAccountId": "asset",
        "updateAssetWithdrawalThreshold.input.id": "asset",
        "updatePaymentPointer.input.id": "paymentPointer", "updatePeer.input.id": "peer",
        "updateTenant.input.id": "tenant", "webhookEvent.id": "event",
        "webhookEvents.after": "event", "webhookEvents.before": "event",
        "webhookEvents.filter.subjectId": "outgoingPayment",
        "withdrawEventLiquidity.eventId": "withdrawableEvent",
    ]
    /// The same for every field.
    private static let kindsByName: [String: String] = [
        "assetId": "asset", "clientId": "client", "counterpartyTenantId": "counterparty",
        "eventId": "event", "paymentPointerId": "paymentPointer", "peerId": "peer",
        "positionId": "position", "quoteId": "quote", "tenantId": "tenant",
        "withdrawalId": "withdrawal",
    ]
    /// Ids of transfers, which callers choose.
    private static let transfers: Set<String> = [
        "addAssetLiquidity", "addPeerLiquidity", "addPositionLiquidity",
        "createAssetLiquidityWithdrawal", "createPaymentPointerWithdrawal",
        "createPeerLiquidityWithdrawal", "createPositionLiquidityWithdrawal", "transfer",
    ]
    private static let texts: [String: JSON] = [
        "assetCode": "USD", "code": "USD", "description": "Lunch", "email": "a@shop.example",
        "endpoint": "https://peer.example/ilp", "expiresAt": "2090-01-01T00:00:00Z",
        "ilpAddress": "test.peer", "image": "https://shop.example/logo.png",
        "jwk": #"{"kty":"OKP"}"#, "name": "Name", "staticIlpAddress": "test.other",
        "uri": "https://shop.example", "url": "https://wallet.example/new",
        "urlPrefix": "https://wallet.example/",
    ]
    private static let numbers: [String: JSON] = [
        "assetScale": 2, "basisPoints": 10, "overlapSeconds": 60, "scale": 2, "limit": 5,
    ]

    /// What the leaf is the id or secret of; nil if it is none, or nobody has said of what.
    static func kind(_ call: RootCall, _ leaf: RootCall.Leaf) -> String? {
        let path = "\(call.name).\(leaf.path)"
        if let kind = kinds[path] ?? kindsByName[leaf.name] { return kind }
        return leaf.name == "id" && transfers.contains(call.name) ? "transfer" : nil
    }

    /// A value that the field takes as it is.
    func value(_ call: RootCall, _ leaf: RootCall.Leaf) -> JSON {
        if let kind = Self.kind(call, leaf), let thing = things[kind] { return .string(thing) }
        if leaf.name == "receiver" { return .string(things["receiver"] ?? "") }
        let value: JSON =
            switch leaf.type.namedType {
            case "Int": Self.numbers[leaf.name] ?? 2
            case "UInt64": "2"
            case "Boolean": true
            case "String", "ID": leaf.name == "fields" ? "asset" : Self.texts[leaf.name] ?? "text"
            default: .null
            }
        if case .list = leaf.type.nullable { return [value] }
        return value
    }

    /// A call with all that is required, and what `other` says.
    func variables(
        _ call: RootCall, _ other: (RootCall.Leaf) -> JSON? = { _ in nil }
    ) -> [String: JSON] {
        call.variables { leaf in
            if let value = other(leaf) { return value }
            guard leaf.isRequired else { return Optional.none }
            return value(call, leaf)
        }
    }
}
