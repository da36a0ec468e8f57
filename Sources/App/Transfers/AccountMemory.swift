import Foundation
import Ledger
import Synchronization

/// What never changes of a liquidity account: whose it is, and in which asset.
struct AccountIdentity: Sendable {
    let accountID: UUID
    let kind: AccountKind
    let assetID: UUID

    init(id: UUID, kind: AccountKind, assetID: UUID) {
        accountID = id
        self.kind = kind
        self.assetID = assetID
    }

    init(_ balance: Balance) {
        self.init(id: balance.accountID, kind: balance.kind, assetID: balance.assetID)
    }
}

/// Accounts that were named of late, so that a transfer between them does not ask for them first.
/// Whether they are open still, the ledger says when it makes the transfer.
final class AccountMemory: Sendable {
    private struct Key: Hashable, Sendable {
        let tenant: UUID
        let account: UUID
    }

    private let accounts: Mutex<Generations<Key, AccountIdentity>>

    /// - Parameter capacity: how many are remembered at most; about 200 bytes each.
    init(capacity: Int = 40_000) {
        accounts = Mutex(Generations(capacity: capacity))
    }

    func recall(_ account: UUID, of tenant: UUID) -> AccountIdentity? {
        accounts.withLock { $0[Key(tenant: tenant, account: account)] }
    }

    func forget(_ account: UUID, of tenant: UUID) {
        accounts.withLock { $0[Key(tenant: tenant, account: account)] = nil }
    }

    func remember(_ account: AccountIdentity, of tenant: UUID) {
        accounts.withLock { $0[Key(tenant: tenant, account: account.accountID)] = account }
    }
}
