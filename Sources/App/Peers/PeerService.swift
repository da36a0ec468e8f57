import Ledger
import Postgres

/// Peers of a tenant, each with its liquidity account.
struct PeerService: Sendable {
    let database: Database
    let repository: PeerRepository
    let assets: AssetService
    let ledger: Ledger

    /// Makes a peer, its account, and its asset if the tenant has none of that name.
    func create(_ peer: NewPeer, in context: RequestContext) async throws -> Peer {
        try Self.check(maxPacketAmount: peer.maxPacketAmount)
        let tenant = try context.tenantID()
        let id = PeerID.next()
        return try await database.transaction(as: tenant) { transaction in
            let asset = try await assets.findOrCreate(peer.asset, tenant: tenant, in: transaction)
            try await repository.insert(id, peer, asset: asset, tenant: tenant, in: transaction)
            try await repository.insertTokens(
                peer.http.incomingTokens ?? [], of: id, tenant: tenant, in: transaction)
            try await ledger.openAccount(
                id.uuid, kind: .peer, asset: asset.id.uuid, in: transaction)
            return try await require(id, tenant: tenant, in: transaction)
        }
    }

    /// Changes what `change` names, all of it or nothing. Incoming tokens are replaced as a whole.
    func update(
        id: String, _ change: PeerChange, in context: RequestContext
    ) async throws -> Peer {
        try Self.check(maxPacketAmount: change.maxPacketAmount ?? nil)
        let tenant = try context.tenantID()
        guard let id = PeerID(id) else { throw PeerError.unknown }
        return try await database.transaction(as: tenant) { transaction in
            guard try await repository.update(id, change, tenant: tenant, in: transaction) else {
                throw PeerError.unknown
            }
            if let tokens = change.http?.incomingTokens {
                try await repository.deleteTokens(of: id, tenant: tenant, in: transaction)
                try await repository.insertTokens(
                    tokens, of: id, tenant: tenant, in: transaction)
            }
            return try await require(id, tenant: tenant, in: transaction)
        }
    }

    /// Deletes a peer without money, and its tokens. What reaches its account at the same time is
    /// either there before, and the peer stays, or finds the account closed.
    func delete(id: String, in context: RequestContext) async throws {
        let tenant = try context.tenantID()
        guard let id = PeerID(id) else { throw PeerError.unknown }
        try await database.transaction(as: tenant) { transaction in
            guard try await repository.delete(id, tenant: tenant, in: transaction) else {
                throw PeerError.unknown
            }
            try await repository.deleteTokens(of: id, tenant: tenant, in: transaction)
            guard try await ledger.closeAccount(id.uuid, in: transaction) else {
                throw PeerError.holdsLiquidity
            }
        }
    }

    /// - Throws: `PeerError.notFound`.
    func find(id: String, in context: RequestContext) async throws -> Peer {
        guard let id = PeerID(id),
            let peer = try await repository.find(id, tenant: try context.tenantID())
        else { throw PeerError.notFound }
        return peer
    }

    /// The peer that packets for an address go to.
    /// - Throws: `PeerError.notFound`, `PeerError.invalidAddress`.
    func find(destination: String, in context: RequestContext) async throws -> Peer {
        let peer = try await repository.find(
            destination: ILPAddress(destination), tenant: context.tenantID())
        guard let peer else { throw PeerError.notFound }
        return peer
    }

    func page(
        _ page: PageRequest, _ filter: PeerFilter, by order: ListOrder<PeerOrderField>,
        in context: RequestContext
    ) async throws -> Page<Peer> {
        try await repository.page(page, filter, by: order, tenant: try context.tenantID())
    }

    private func require(
        _ id: PeerID, tenant: TenantID, in transaction: Transaction
    ) async throws -> Peer {
        guard let peer = try await repository.find(id, tenant: tenant, in: transaction) else {
            throw PeerError.unknown
        }
        return peer
    }

    private static func check(maxPacketAmount: UInt64?) throws {
        if maxPacketAmount == 0 { throw PeerError.zeroMaxPacketAmount }
    }
}
