import Foundation
import GraphQL
import Ledger

extension Resolvers<RequestContext> {
    mutating func transfers(_ service: TransferService) {
        mutation("transfer", failure: "Error trying to transfer") { arguments, context in
            let input = try arguments.object("input")
            let isTwoPhase = try input.optionalBool("twoPhase") ?? false
            try await service.transfer(
                TransferService.Request(
                    id: input.string("id"), source: input.string("sourceAccountId"),
                    destination: input.string("destinationAccountId"),
                    sourceAmount: input.uint64("sourceAmount"),
                    destinationAmount: input.optionalUInt64("destinationAmount"),
                    isTwoPhase: isTwoPhase,
                    timeoutSeconds: input.optionalInt("timeoutSeconds")), in: context)
            return .success(isTwoPhase ? "Created transfer" : "Transferred")
        }
        query("ledgerTransfer") { arguments, context in
            .object(try await service.find(arguments.string("id"), in: context))
        }
        query("ledgerAccount") { arguments, context in
            .object(try await service.account(arguments.string("id"), in: context))
        }
        type("LedgerAccount", of: Balance.self) { type in
            type.field("id") { .id($0.accountID) }
            type.field("kind") { .string($0.kind.rawValue.uppercased()) }
            type.field("assetId") { .id($0.assetID) }
            type.field("balance") { account, arguments, context in
                .uint64(
                    try await service.balance(
                        of: account, at: arguments.string("at"), in: context))
            }
        }
        liquidity(of: "LedgerAccount", service) { (account: Balance) in account.accountID }
        type("LedgerTransfer", of: RecordedTransfer.self) { type in
            type.field("id") { .string($0.id.canonicalText) }
            type.field("kind") { .string($0.kindName) }
            type.field("sourceAccountId") { $0.isDeposit ? .null : .id($0.debit) }
            type.field("destinationAccountId") { $0.isWithdrawal ? .null : .id($0.credit) }
            type.field("amount") { .uint64($0.amount) }
            type.field("state") { .string($0.state.rawValue.uppercased()) }
            type.field("createdAt") { .string($0.createdAt.text) }
            type.field("expiresAt") { .optional($0.expiresAt?.text) }
            type.field("resolvedAt") { .optional($0.resolvedAt?.text) }
        }
        connection(
            "LedgerTransferConnection", edge: "LedgerTransferEdge", of: RecordedTransfer.self)
        response("TransferMutationResponse")
        type("Asset", of: Asset.self) { type in
            type.batch("feeAccount") { assets, _, context in
                try await service.feeAccounts(of: assets.map(\.id), in: context)
                    .map { .success(.object($0)) }
            }
        }
        type("FeeAccount", of: FeeAccount.self) { type in
            type.field("id") { .id($0.id) }
            type.field("liquidity") { .uint64($0.available) }
        }
        liquidity(of: "Asset", service) { (asset: Asset) in asset.id.uuid }
        liquidity(of: "Peer", service) { (peer: Peer) in peer.id.uuid }
        liquidity(of: "PaymentPointer", service) { (pointer: PaymentPointer) in pointer.id.uuid }
    }

    /// Binds `liquidity` and `transfers` of something that has a liquidity account; each costs one
    /// statement for a whole page of them.
    private mutating func liquidity<Owner: Sendable>(
        of name: String, _ service: TransferService,
        account: @escaping @Sendable (Owner) -> UUID
    ) {
        type(name, of: Owner.self) { type in
            type.batch("liquidity") { owners, _, context in
                try await service.available(of: owners.map(account), in: context)
                    .map { .success(.uint64($0)) }
            }
            type.batch("transfers") { owners, arguments, context in
                let order = try arguments.optionalString("order")
                let request = HistoryPageRequest(
                    try PageRequest(arguments), isNewestFirst: order == "NEWEST_FIRST")
                return try await service.pages(
                    of: owners.map(account), request, in: context
                ).map { .success(.object($0)) }
            }
        }
    }
}

extension RecordedTransfer {
    fileprivate var kindName: String {
        if isDeposit { return "DEPOSIT" }
        return isWithdrawal ? "WITHDRAWAL" : "TRANSFER"
    }
}

extension Resolved {
    fileprivate static func id(_ uuid: UUID) -> Resolved {
        .string(uuid.canonicalText)
    }
}
