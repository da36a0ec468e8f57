import Foundation
import Ledger

/// Money that comes into a tenant's liquidity and leaves it again.
struct LiquidityService: Sendable {
    /// Whose liquidity it is.
    enum Owner {
        case asset, peer, paymentPointer
        /// What the tenant owes another, and what another owes it.
        case payable, receivable

        var kind: AccountKind {
            switch self {
            case .asset: .asset
            case .peer: .peer
            case .paymentPointer: .paymentPointer
            case .payable: .payable
            case .receivable: .receivable
            }
        }

        var unknown: LiquidityError {
            switch self {
            case .asset: .unknownAsset
            case .peer: .unknownPeer
            case .paymentPointer: .unknownPaymentPointer
            case .payable, .receivable: .unknownPosition
            }
        }
    }

    let database: Database
    let ledger: Ledger
    let paymentPointers: PaymentPointerService
    let pointerEvents: PointerEventService
    /// After how many seconds a withdrawal that nobody finalised is rolled back; nil for never.
    let withdrawalSeconds: Int?

    /// - Parameter amount: in the asset's smallest unit, at least 1.
    /// - Throws: `LiquidityError`, as checked in the documented order.
    func deposit(
        _ amount: UInt64, to owner: Owner, _ id: String, transferID: String,
        in context: RequestContext
    ) async throws {
        guard amount > 0 else { throw LiquidityError.amountZero }
        let tenant = try context.tenantID()
        let account = try account(id, of: owner)
        let transfer = try await require(transferID, account: account, of: owner, tenant: tenant)
        try await perform(
            .transfer([
                .deposit(id: transfer, to: account, kind: owner.kind, amount: amount)
            ]), unknown: owner.unknown, tenant: tenant)
    }

    /// Reserves an amount, or everything, until the withdrawal is finalised or rolled back.
    /// - Returns: the amount reserved.
    @discardableResult
    func withdraw(
        _ amount: UInt64?, from owner: Owner, _ id: String, transferID: String,
        in context: RequestContext
    ) async throws -> UInt64 {
        guard amount != 0 else { throw LiquidityError.amountZero }
        let tenant = try context.tenantID()
        let account = try account(id, of: owner)
        let transfer = try await require(
            transferID, account: account, of: owner, tenant: tenant, isEverything: amount == nil)
        return try await perform(
            .transfer([
                .withdrawal(
                    id: transfer, from: account, kind: owner.kind, amount: amount,
                    phase: .pending(seconds: withdrawalSeconds))
            ]), unknown: owner.unknown, tenant: tenant)
    }

    /// Takes a payment pointer's whole balance.
    func withdrawAll(
        fromPaymentPointer id: String, transferID: String, in context: RequestContext
    ) async throws -> PaymentPointerWithdrawal {
        let amount = try await withdraw(
            nil, from: .paymentPointer, id, transferID: transferID, in: context)
        return PaymentPointerWithdrawal(
            id: transferID.lowercased(), amount: amount, paymentPointerID: id)
    }

    func paymentPointer(
        of withdrawal: PaymentPointerWithdrawal, in context: RequestContext
    ) async throws -> PaymentPointer {
        try await paymentPointers.find(withdrawal.paymentPointerID, in: context)
    }

    /// Carries a pending withdrawal or transfer out.
    func finalize(_ id: String, in context: RequestContext) async throws {
        let tenant = try context.tenantID()
        guard let transfer = UUID(text: id) else { throw LiquidityError.invalidId }
        let pointers = try await ledger.accounts(
            .paymentPointer, creditedBy: transfer, tenant: tenant.uuid)
        guard !pointers.isEmpty else { return try await resolve(id, .post, in: context) }
        do {
            try await pointerEvents.perform(
                .resolve(id: transfer, .post), crediting: pointers, tenant: tenant)
        } catch let error as LedgerError {
            throw LiquidityError(error.reason, unknown: .unknownTransfer) ?? error
        }
    }

    /// Gives back what a pending withdrawal or transfer has reserved.
    func rollBack(_ id: String, in context: RequestContext) async throws {
        try await resolve(id, .void, in: context)
    }

    private func resolve(
        _ id: String, _ resolution: LedgerOperation.Resolution, in context: RequestContext
    ) async throws {
        guard let id = UUID(text: id) else { throw LiquidityError.invalidId }
        try await perform(
            .resolve(id: id, resolution), unknown: .unknownTransfer,
            tenant: try context.tenantID())
    }

    @discardableResult
    private func perform(
        _ operation: LedgerOperation, unknown: LiquidityError, tenant: TenantID
    ) async throws -> UInt64 {
        do {
            return try await database.perform(operation, of: ledger, as: tenant)
        } catch let error as LedgerError {
            throw LiquidityError(error.reason, unknown: unknown) ?? error
        }
    }

    private func account(_ id: String, of owner: Owner) throws -> UUID {
        guard let account = UUID(text: id) else { throw owner.unknown }
        return account
    }

    /// The id of a transfer to make. A bad one counts only where the account is known, and has
    /// something to withdraw.
    private func require(
        _ id: String, account: UUID, of owner: Owner, tenant: TenantID, isEverything: Bool = false
    ) async throws -> UUID {
        if let id = UUID(text: id) { return id }
        if case .receivable = owner {
            let open = try await ledger.positions(of: [account], tenant: tenant.uuid)[account]
            throw open == nil ? owner.unknown : LiquidityError.invalidId
        }
        let balance = try await ledger.balances(of: [account], tenant: tenant.uuid)[account]
        guard let balance, balance.kind == owner.kind else { throw owner.unknown }
        if isEverything, balance.available == 0 { throw LiquidityError.amountZero }
        throw LiquidityError.invalidId
    }
}

/// A withdrawal of all that a payment pointer had.
struct PaymentPointerWithdrawal: Sendable {
    /// The transfer's id.
    let id: String
    /// In the smallest unit of the payment pointer's asset.
    let amount: UInt64
    let paymentPointerID: String
}

extension LiquidityError {
    /// nil for what the service makes impossible.
    init?(_ reason: LedgerError.Reason, unknown: LiquidityError) {
        switch reason {
        case .debitAccountUnknown, .creditAccountUnknown, .transferUnknown: self = unknown
        case .amountZero: self = .amountZero
        case .exists: self = .transferExists
        case .insufficientBalance: self = .insufficientBalance
        case .balanceTooLarge: self = .balanceTooLarge
        case .alreadyPosted: self = .alreadyCommitted
        case .alreadyVoided: self = .alreadyRolledBack
        case .tenantDisabled: self = .tenantDisabled
        case .sameAccount, .differentAssets, .notDue: return nil
        }
    }
}
