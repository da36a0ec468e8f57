import Postgres

/// All SQL of peers. A peer is read with its asset; a deleted one is not read at all.
struct PeerRepository: Sendable {
    let database: Database

    /// What a peer is read from, `p` being the peer and `a` its asset.
    private static let columns = """
        p.tenant_id, p.id, p.static_ilp_address, p.max_packet_amount, p.outgoing_auth_token,
            p.outgoing_endpoint, p.created_at, \(Asset.joinedColumns)
        """

    func insert(
        _ id: PeerID, _ peer: NewPeer, asset: Asset, tenant: TenantID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.execute(
            """
            -- peers.insert
            insert into hazina.peers
                (tenant_id, id, asset_id, static_ilp_address, max_packet_amount,
                outgoing_auth_token, outgoing_endpoint)
            values (
                \(tenant), \(id), \(asset.id), \(peer.address.text), \(peer.maxPacketAmount),
                \(peer.http.outgoing.authToken), \(peer.http.outgoing.endpoint))
            """)
    }

    /// - Returns: whether there is such a peer.
    func update(
        _ id: PeerID, _ change: PeerChange, tenant: TenantID, in transaction: Transaction
    ) async throws -> Bool {
        let outgoing = change.http?.outgoing
        let keepsMaximum = change.maxPacketAmount == nil
        return try await transaction.execute(
            """
            -- peers.update
            update hazina.peers
            set static_ilp_address = coalesce(\(change.address?.text), static_ilp_address),
                max_packet_amount = case when \(keepsMaximum) then max_packet_amount
                    else \(change.maxPacketAmount ?? nil) end,
                outgoing_auth_token = coalesce(\(outgoing?.authToken), outgoing_auth_token),
                outgoing_endpoint = coalesce(\(outgoing?.endpoint), outgoing_endpoint),
                updated_at = now()
            where tenant_id = \(tenant) and id = \(id) and deleted_at is null
            """) == 1
    }

    /// Marks the peer as deleted.
    /// - Returns: whether there was such a peer.
    func delete(
        _ id: PeerID, tenant: TenantID, in transaction: Transaction
    ) async throws -> Bool {
        try await transaction.execute(
            """
            -- peers.delete
            update hazina.peers set deleted_at = now(), updated_at = now()
            where tenant_id = \(tenant) and id = \(id) and deleted_at is null
            """) == 1
    }

    /// Gives the peer these tokens. Sorted, so that two such calls wait for each other in one
    /// order.
    /// - Throws: `PeerError.incomingTokenExists` if one is there twice, or any peer of any tenant
    ///   has it.
    func insertTokens(
        _ tokens: [IncomingToken], of id: PeerID, tenant: TenantID, in transaction: Transaction
    ) async throws {
        guard !tokens.isEmpty else { return }
        do {
            _ = try await transaction.execute(
                """
                -- peers.insert_tokens
                insert into hazina.peer_incoming_tokens (tenant_id, peer_id, token_hash)
                select \(tenant), \(id), token.hash
                from unnest(\(tokens.map(\.hash))) as token (hash) order by token.hash
                """)
        } catch
            where isViolation(of: "peer_token_directory_pkey", error)
            || isViolation(of: "peer_incoming_tokens_pkey", error)
        {
            throw PeerError.incomingTokenExists
        }
    }

    func deleteTokens(
        of id: PeerID, tenant: TenantID, in transaction: Transaction
    ) async throws {
        _ = try await transaction.execute(
            """
            -- peers.delete_tokens
            delete from hazina.peer_incoming_tokens
            where tenant_id = \(tenant) and peer_id = \(id)
            """)
    }

    func find(_ id: PeerID, tenant: TenantID) async throws -> Peer? {
        try await database.read(Self.select(id, tenant), as: tenant).first.map(Self.peer)
    }

    func find(
        _ id: PeerID, tenant: TenantID, in transaction: Transaction
    ) async throws -> Peer? {
        try await transaction.query(Self.select(id, tenant)).first.map(Self.peer)
    }

    /// Of the peers whose address the destination is or goes on after, the one with the longest,
    /// and of several such the first one made.
    func find(destination: ILPAddress, tenant: TenantID) async throws -> Peer? {
        try await database.read(
            """
            -- peers.find_by_destination
            select \(unescaped: Self.columns)
            from hazina.peers p
            join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
            where p.tenant_id = \(tenant) and p.deleted_at is null
                and p.static_ilp_address = any (\(destination.prefixes))
            order by char_length(p.static_ilp_address) desc, p.id limit 1
            """, as: tenant
        ).first.map(Self.peer)
    }

    /// The page's peers in the request's direction, and whether there are others before its start.
    func page(
        _ page: PageRequest, _ filter: PeerFilter, by order: ListOrder<PeerOrderField>,
        tenant: TenantID
    ) async throws -> Page<Peer> {
        let key =
            switch order.field {
            case .createdAt: ["id"]
            case .staticILPAddress: ["static_ilp_address", "id"]
            }
        let scan = ListScan(
            "hazina.peers", by: key, isDescending: order.isDescending, page, tenant: tenant)
        let isOfAssets = filter.assetCode != nil || filter.assetScale != nil
        let rows = try await database.read(
            isOfAssets ? Self.listOfAssets(scan, filter) : Self.list(scan, filter), as: tenant)
        return Page(
            rows: try rows.map(Self.peer), of: page,
            hasOther: try rows.first?.decode("has_other"))
    }

    private static func list(_ scan: ListScan, _ filter: PeerFilter) -> SQL {
        """
        -- peers.page
        select \(unescaped: columns),
            \(scan.page.hasCursor) and (
                select true from hazina.peers o
                where o.tenant_id = \(scan.tenant) and o.deleted_at is null
                    \(addressIn: filter, "o")\(before: scan, "o")
                order by \(unescaped: scan.order("o")) limit 1) is true as has_other
        from hazina.peers p
        join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
        where p.tenant_id = \(scan.tenant) and p.deleted_at is null
            \(addressIn: filter, "p")\(after: scan, "p")
        order by \(unescaped: scan.order("p")) limit \(scan.limit)
        """
    }

    /// Takes no more than a page from each asset of the filter, however many peers it has.
    private static func listOfAssets(_ scan: ListScan, _ filter: PeerFilter) -> SQL {
        let scale = filter.assetScale.map { Int16(clamping: $0) }
        return """
            -- peers.page_of_assets
            select \(unescaped: columns),
                \(scan.page.hasCursor) and exists (
                    select 1 from hazina.assets b
                    cross join lateral (
                        select true from hazina.peers o
                        where o.tenant_id = \(scan.tenant) and o.asset_id = b.id
                            and o.deleted_at is null
                            \(addressIn: filter, "o")\(before: scan, "o")
                        order by \(unescaped: scan.order("o")) limit 1
                    ) o
                    where b.tenant_id = \(scan.tenant)
                        \(and: "b.code", is: filter.assetCode)\(and: "b.scale", is: scale)
                ) as has_other
            from hazina.assets a
            cross join lateral (
                select p.tenant_id, p.id, p.static_ilp_address, p.max_packet_amount,
                    p.outgoing_auth_token, p.outgoing_endpoint, p.created_at
                from hazina.peers p
                where p.tenant_id = \(scan.tenant) and p.asset_id = a.id and p.deleted_at is null
                    \(addressIn: filter, "p")\(after: scan, "p")
                order by \(unescaped: scan.order("p")) limit \(scan.limit)
            ) p
            where a.tenant_id = \(scan.tenant)
                \(and: "a.code", is: filter.assetCode)\(and: "a.scale", is: scale)
            order by \(unescaped: scan.order("p")) limit \(scan.limit)
            """
    }

    private static func select(_ id: PeerID, _ tenant: TenantID) -> SQL {
        """
        -- peers.find
        select \(unescaped: columns)
        from hazina.peers p
        join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
        where p.tenant_id = \(tenant) and p.id = \(id) and p.deleted_at is null
        """
    }

    private static func peer(_ row: Row) throws -> Peer {
        let tenantID: TenantID = try row.id("tenant_id")
        let asset = try Asset(joinedTo: row, tenant: tenantID)
        return Peer(
            id: try row.id("id"), tenantID: tenantID, asset: asset,
            staticILPAddress: try row.decode("static_ilp_address"),
            maxPacketAmount: try row.decode("max_packet_amount"),
            outgoing: OutgoingHTTP(
                storedAuthToken: try row.decode("outgoing_auth_token"),
                endpoint: try row.decode("outgoing_endpoint")),
            createdAt: try row.decode("created_at"))
    }
}

extension SQL.StringInterpolation {
    /// ` and` the condition that an address begins as the filter says; nothing if it does not say.
    /// DEL stands behind every character an address can have.
    fileprivate mutating func appendInterpolation(addressIn filter: PeerFilter, _ alias: String) {
        guard let prefix = filter.addressPrefix else { return }
        appendLiteral(" and \(alias).static_ilp_address >= ")
        appendInterpolation(prefix)
        appendLiteral(" and \(alias).static_ilp_address < ")
        appendInterpolation(prefix + "\u{7F}")
    }
}
