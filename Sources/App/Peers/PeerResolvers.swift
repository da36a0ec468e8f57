import GraphQL

extension Resolvers<RequestContext> {
    mutating func peers(_ service: PeerService) {
        query("peer") { arguments, context in
            .object(try await service.find(id: arguments.string("id"), in: context))
        }
        query("peerByDestination") { arguments, context in
            .object(
                try await service.find(
                    destination: arguments.string("ilpAddress"), in: context))
        }
        query("peers") { arguments, context in
            .object(
                try await service.page(
                    PageRequest(arguments), PeerFilter(arguments.optionalObject("filter")),
                    by: ListOrder(arguments, standard: .createdAt), in: context))
        }
        mutation("createPeer", failure: "Error trying to create peer") { arguments, context in
            let peer = try await service.create(NewPeer(arguments.object("input")), in: context)
            return .success("Created ILP Peer", ["peer": .object(peer)])
        }
        mutation("updatePeer", failure: "Error trying to update peer") { arguments, context in
            let input = try arguments.object("input")
            let peer = try await service.update(
                id: input.string("id"), PeerChange(input), in: context)
            return .success("Updated ILP Peer", ["peer": .object(peer)])
        }
        mutation("deletePeer", failure: "Error trying to delete peer") { arguments, context in
            try await service.delete(id: arguments.string("id"), in: context)
            return .success("Deleted ILP Peer")
        }
        type("Peer", of: Peer.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("maxPacketAmount") { .optional($0.maxPacketAmount) }
            type.field("http") { .object($0.outgoing) }
            type.field("asset") { .object($0.asset) }
            type.field("staticIlpAddress") { .string($0.staticILPAddress) }
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        type("Http", of: OutgoingHTTP.self) { type in
            type.field("outgoing") { .object($0) }
        }
        type("HttpOutgoing", of: OutgoingHTTP.self) { type in
            type.field("authToken") { .string($0.authToken) }
            type.field("endpoint") { .string($0.endpoint) }
        }
        connection("PeersConnection", edge: "PeerEdge", of: Peer.self)
        response("CreatePeerMutationResponse", fields: ["peer"])
        response("UpdatePeerMutationResponse", fields: ["peer"])
        response("DeletePeerMutationResponse")
    }
}

extension NewPeer {
    /// From a `CreatePeerInput`. The address is the first thing that is checked.
    fileprivate init(_ input: Arguments) throws {
        address = try ILPAddress(input.string("staticIlpAddress"))
        let name = try input.object("asset")
        asset = try AssetName(code: name.string("code"), scale: name.int("scale"))
        maxPacketAmount = try input.optionalUInt64("maxPacketAmount")
        http = try PeerHTTP(input.object("http"))
    }
}

extension PeerChange {
    /// From an `UpdatePeerInput`. Only for `maxPacketAmount` is null another thing than absence.
    fileprivate init(_ input: Arguments) throws {
        address = try input.optionalString("staticIlpAddress").map { try ILPAddress($0) }
        maxPacketAmount =
            input.contains("maxPacketAmount")
            ? .some(try input.optionalUInt64("maxPacketAmount")) : nil
        http = try input.optionalObject("http").map { try PeerHTTP($0) }
    }
}

extension PeerHTTP {
    /// From an `HttpInput`.
    fileprivate init(_ input: Arguments) throws {
        let outgoing = try input.object("outgoing")
        try self.init(
            outgoing: OutgoingHTTP(
                authToken: outgoing.string("authToken"), endpoint: outgoing.string("endpoint")),
            incomingTokens: input.optionalObject("incoming")?.list("authTokens")
                .compactMap(\.text))
    }
}

extension PeerFilter {
    fileprivate init(_ filter: Arguments?) throws {
        try self.init(
            assetCode: filter?.optionalString("assetCode"),
            assetScale: filter?.optionalInt("assetScale"),
            addressPrefix: filter?.optionalString("staticIlpAddressPrefix"))
    }
}
