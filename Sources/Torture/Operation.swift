import Foundation
import TestSupport

/// One thing that a client wants done once, whatever it takes.
struct Operation: Sendable {
    enum Kind: Sendable {
        case depositToPeer, depositToAsset, withdrawal, transfer, hold
        case finalisation, rollback
        case peer

        /// Whether it makes a transfer, as against resolving one, or having none.
        var makesTransfer: Bool {
            switch self {
            case .depositToPeer, .depositToAsset, .withdrawal, .transfer, .hold: true
            case .finalisation, .rollback, .peer: false
            }
        }

        /// Whether it makes a transfer that is to be resolved.
        var isPending: Bool { self == .withdrawal || self == .hold }
    }

    let kind: Kind
    let books: Books
    /// Of the transfer that it makes or resolves; of a new peer, the end of its address.
    let id: UUID
    /// nil for the settlement account.
    var debit: UUID?
    /// nil for the settlement account.
    var credit: UUID?
    /// What arrives, in the asset's smallest unit.
    var amount: UInt64 = 0
    /// What leaves beside it, for the asset's liquidity.
    var difference: UInt64 = 0
    let idempotencyKey: String?

    /// Whether a client without an answer may send it again.
    var isRepeatable: Bool { kind != .peer || idempotencyKey != nil }

    /// What an answer of 409 says if an earlier attempt did it.
    func isOwnWork(_ answer: JSON) -> Bool {
        switch kind {
        case .finalisation: answer.error == "AlreadyCommitted"
        case .rollback: answer.error == "AlreadyRolledBack"
        case .transfer, .hold: answer.message == "Transfer exists"
        case .peer: false
        default: answer.error == "TransferExists"
        }
    }

    var document: String {
        switch kind {
        case .depositToPeer: Self.liquidity("addPeerLiquidity", "AddPeerLiquidityInput")
        case .depositToAsset: Self.liquidity("addAssetLiquidity", "AddAssetLiquidityInput")
        case .withdrawal:
            Self.liquidity("createPeerLiquidityWithdrawal", "CreatePeerLiquidityWithdrawalInput")
        case .finalisation: Self.resolution("finalizeLiquidityWithdrawal")
        case .rollback: Self.resolution("rollbackLiquidityWithdrawal")
        case .transfer, .hold:
            "mutation($input: TransferInput!) { answer: transfer(input: $input) { code message } }"
        case .peer: Self.createPeer
        }
    }

    static let createPeer = """
        mutation($input: CreatePeerInput!) {
          answer: createPeer(input: $input) { code message peer { id asset { id } } } }
        """

    private static func liquidity(_ name: String, _ input: String) -> String {
        "mutation($input: \(input)!) { answer: \(name)(input: $input) { code message error } }"
    }

    private static func resolution(_ name: String) -> String {
        "mutation($id: String!) { answer: \(name)(withdrawalId: $id) { code message error } }"
    }

    var variables: JSON {
        switch kind {
        case .depositToPeer: input(["peerId": .of(credit), "amount": .string("\(amount)")])
        case .depositToAsset: input(["assetId": .of(credit), "amount": .string("\(amount)")])
        case .withdrawal: input(["peerId": .of(debit), "amount": .string("\(amount)")])
        case .finalisation, .rollback: ["id": .of(id)]
        case .transfer, .hold:
            input([
                "sourceAccountId": .of(debit), "destinationAccountId": .of(credit),
                "sourceAmount": .string("\(amount + difference)"),
                "destinationAmount": .string("\(amount)"), "twoPhase": .bool(kind == .hold),
            ])
        case .peer: Self.peer("test.torture.\(id.uuidString.lowercased())")
        }
    }

    private func input(_ members: [String: JSON]) -> JSON {
        .object(["input": .object(members.merging(["id": .of(id)]) { own, _ in own })])
    }

    static func peer(_ address: String) -> JSON {
        [
            "input": [
                "staticIlpAddress": .string(address),
                "asset": ["code": "EUR", "scale": 2],
                "http": [
                    "incoming": ["authTokens": .list([])],
                    "outgoing": ["authToken": "token", "endpoint": "https://peer.example/ilp"],
                ],
            ]
        ]
    }
}

/// A tenant and what its callers work on.
struct Books: Sendable {
    let tenant: UUID
    let apiKey: String
    let asset: UUID
    let peers: [UUID]
}

extension JSON {
    fileprivate static func of(_ id: UUID?) -> JSON {
        .string(id?.uuidString.lowercased() ?? "")
    }
}
