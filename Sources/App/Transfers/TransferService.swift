import Foundation
import Ledger
import Postgres

/// Transfers between the liquidity accounts of a tenant, and the history of accounts.
struct TransferService: Sendable {
    /// What a caller asks for. Amounts are in the smallest unit of each account's asset.
    struct Request: Sendable {
        let id: String
        let source: String
        let destination: String
        let sourceAmount: UInt64
        /// nil for as much as the source sends, in the same asset.
        let destinationAmount: UInt64?
        let isTwoPhase: Bool
        let timeoutSeconds: Int?
    }

    /// Whose accounts may be named; those of payments follow from their payments alone.
    private static let destinations: Set<AccountKind> = [.asset, .peer, .paymentPointer]
    private static let sources = destinations.union([.fee])

    let database: Database
    let ledger: Ledger
    let pointerEvents: PointerEventService
    private let memory = AccountMemory()

    init(database: Database, ledger: Ledger, pointerEvents: PointerEventService) {
        self.database = database
        self.ledger = ledger
        self.pointerEvents = pointerEvents
    }

    /// - Throws: `TransferError`, as checked in this order: same accounts, amounts, timeout,
    ///   unknown accounts, amounts for the assets, id, then what the ledger finds.
    func transfer(_ request: Request, in context: RequestContext) async throws {
        let tenant = try context.tenantID()
        try check(request)
        guard let source = UUID(text: request.source) else {
            throw TransferError.unknownSourceAccount
        }
        guard let destination = UUID(text: request.destination) else {
            throw TransferError.unknownDestinationAccount
        }
        let recalled = try? plan(
            request, from: memory.recall(source, of: tenant.uuid),
            to: memory.recall(destination, of: tenant.uuid))
        guard let recalled else {
            try await perform(
                read(request, from: source, to: destination, tenant: tenant), tenant: tenant)
            return
        }
        do {
            try await perform(recalled, tenant: tenant)
        } catch let refusal as TransferError {
            do {
                _ = try await read(request, from: source, to: destination, tenant: tenant)
            } catch let error as TransferError {
                // An account that was closed meanwhile is what is wrong first.
                throw error
            } catch {
                // It is refused, whether or not that can be told more precisely.
            }
            throw refusal
        }
    }

    /// A transfer that has been checked as far as it can be without making it.
    private struct Plan {
        let request: Request
        let id: UUID
        let destination: AccountIdentity
        let flows: [Flow]
    }

    /// Plans by what the accounts are now.
    private func read(
        _ request: Request, from source: UUID, to destination: UUID, tenant: TenantID
    ) async throws -> Plan {
        let accounts = try await ledger.balances(of: [source, destination], tenant: tenant.uuid)
            .mapValues(AccountIdentity.init)
        for id in [source, destination] {
            if let account = accounts[id] {
                memory.remember(account, of: tenant.uuid)
            } else {
                memory.forget(id, of: tenant.uuid)
            }
        }
        return try plan(request, from: accounts[source], to: accounts[destination])
    }

    private func plan(
        _ request: Request, from: AccountIdentity?, to: AccountIdentity?
    ) throws(TransferError) -> Plan {
        guard let from, Self.sources.contains(from.kind) else { throw .unknownSourceAccount }
        guard let to, Self.destinations.contains(to.kind) else {
            throw .unknownDestinationAccount
        }
        let flows = try flows(request, from: from, to: to)
        guard let id = UUID(text: request.id) else { throw .invalidId }
        return Plan(request: request, id: id, destination: to, flows: flows)
    }

    /// The page of each account's transfers, in the order of the accounts.
    func pages(
        of accounts: [UUID], _ request: HistoryPageRequest, in context: RequestContext
    ) async throws -> [Page<RecordedTransfer>] {
        let transfers = try await ledger.transfers(
            of: accounts, request.history, tenant: try context.tenantID().uuid)
        return accounts.map { Page(rows: transfers[$0] ?? [], of: request.page) }
    }

    /// A liquidity account of the tenant, whatever it belongs to.
    func account(_ id: String, in context: RequestContext) async throws -> Balance {
        guard let id = UUID(text: id),
            let account = try await ledger.balances(
                of: [id], tenant: try context.tenantID().uuid)[id]
        else { throw TransferError.accountNotFound }
        return account
    }

    /// What an account held at a moment.
    /// - Parameter moment: ISO 8601 with a zone.
    func balance(
        of account: Balance, at moment: String, in context: RequestContext
    ) async throws -> UInt64 {
        guard let moment = Timestamp(iso8601: moment) else { throw TransferError.invalidTime }
        return try await ledger.balance(
            of: account.accountID, at: moment, tenant: try context.tenantID().uuid)
    }

    /// What each asset has earned by fees, in the order of the assets.
    func feeAccounts(of assets: [AssetID], in context: RequestContext) async throws -> [FeeAccount]
    {
        let accounts = try await ledger.feeAccounts(
            of: assets.map(\.uuid), tenant: try context.tenantID().uuid)
        return assets.map { asset in
            accounts[asset.uuid].map { FeeAccount(id: $0.account, available: $0.available) }
                ?? FeeAccount(id: UUIDv7.none, available: 0)
        }
    }

    /// What each account has available, in the order of the accounts.
    func available(of accounts: [UUID], in context: RequestContext) async throws -> [UInt64] {
        let balances = try await ledger.balances(
            of: accounts, tenant: try context.tenantID().uuid)
        return accounts.map { balances[$0]?.available ?? 0 }
    }

    func find(_ id: String, in context: RequestContext) async throws -> RecordedTransfer {
        guard let id = UUID(text: id),
            let transfer = try await ledger.transfer(id, tenant: try context.tenantID().uuid)
        else { throw TransferError.notFound }
        return transfer
    }

    private func check(_ request: Request) throws {
        if request.source.lowercased() == request.destination.lowercased() {
            throw TransferError.sameAccounts
        }
        guard request.sourceAmount > 0 else { throw TransferError.invalidSourceAmount }
        guard request.destinationAmount != 0 else { throw TransferError.invalidDestinationAmount }
        if let seconds = request.timeoutSeconds {
            guard request.isTwoPhase, (1...Int(Int32.max)).contains(seconds) else {
                throw TransferError.invalidTimeout
            }
        }
    }

    /// One movement between two accounts of an asset.
    private struct Flow {
        let debit: UUID
        let credit: UUID
        let amount: UInt64
    }

    /// The movements of a transfer. Where source and destination differ in amount or asset, the
    /// liquidity of the assets takes and gives the difference.
    private func flows(
        _ request: Request, from: AccountIdentity, to: AccountIdentity
    ) throws(TransferError) -> [Flow] {
        let sent = request.sourceAmount
        let received = request.destinationAmount ?? sent
        var flows: [Flow] = []
        if from.assetID != to.assetID {
            guard request.destinationAmount != nil else {
                throw TransferError.missingDestinationAmount
            }
            flows = [
                Flow(debit: from.accountID, credit: from.assetID, amount: sent),
                Flow(debit: to.assetID, credit: to.accountID, amount: received),
            ]
        } else {
            flows = [
                Flow(debit: from.accountID, credit: to.accountID, amount: min(sent, received))
            ]
            if sent > received {
                flows.append(
                    Flow(
                        debit: from.accountID, credit: from.assetID, amount: sent - received))
            } else if received > sent {
                flows.append(
                    Flow(debit: to.assetID, credit: to.accountID, amount: received - sent))
            }
        }
        // An asset's own liquidity neither takes from itself nor gives to itself.
        flows.removeAll { $0.debit == $0.credit }
        if flows.isEmpty { throw TransferError.nothingToMove }
        return flows
    }

    private func perform(_ plan: Plan, tenant: TenantID) async throws {
        let request = plan.request
        let legs = plan.flows.enumerated().map { number, flow in
            Transfer(
                id: number == 0 ? plan.id : UUIDv7.next(), debit: flow.debit, credit: flow.credit,
                amount: flow.amount,
                phase: request.isTwoPhase ? .pending(seconds: request.timeoutSeconds) : .single)
        }
        do {
            guard plan.destination.kind == .paymentPointer, !request.isTwoPhase else {
                _ = try await database.perform(.transfer(legs), of: ledger, as: tenant)
                return
            }
            try await pointerEvents.perform(
                .transfer(legs), crediting: [plan.destination.accountID], tenant: tenant)
        } catch let error as LedgerError {
            let isSource = plan.flows[error.leg].debit == UUID(text: request.source)
            throw TransferError(error.reason, isSource: isSource) ?? error
        }
    }
}

/// Where an asset's fees go.
struct FeeAccount: Sendable {
    let id: UUID
    /// In the asset's smallest unit.
    let available: UInt64
}

extension TransferError {
    /// nil for what the service makes impossible.
    fileprivate init?(_ reason: LedgerError.Reason, isSource: Bool) {
        switch reason {
        case .debitAccountUnknown: self = .unknownSourceAccount
        case .creditAccountUnknown: self = .unknownDestinationAccount
        case .exists: self = .transferExists
        case .insufficientBalance:
            self = isSource ? .insufficientBalance : .insufficientLiquidity
        case .balanceTooLarge: self = .balanceTooLarge
        case .tenantDisabled: self = .tenantDisabled
        default: return nil
        }
    }
}

extension RecordedTransfer: PageNode {
    package var cursor: String { id.canonicalText }
}

/// A page of an account's history, from its oldest or from its newest transfer on.
struct HistoryPageRequest: Sendable {
    let page: PageRequest
    let history: HistoryRequest

    init(_ page: PageRequest, isNewestFirst: Bool) {
        self.page = page
        let start: HistoryRequest.Start =
            switch page.direction {
            case .forward(after: nil): isNewestFirst ? .newest : .oldest
            case .forward(after: .some(let cursor)):
                isNewestFirst ? .before(cursor) : .after(cursor)
            case .backward(before: let cursor):
                isNewestFirst ? .after(cursor) : .before(cursor)
            }
        history = HistoryRequest(start, limit: page.limit)
    }
}
