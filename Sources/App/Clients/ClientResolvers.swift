import GraphQL

extension Resolvers<RequestContext> {
    mutating func clients(_ service: ClientService) {
        query("client") { arguments, context in
            .optional(object: try await service.find(id: arguments.string("id"), in: context))
        }
        query("clients") { arguments, context in
            .object(try await service.page(PageRequest(arguments), in: context))
        }
        mutation("createClient", failure: "Error trying to create client") { arguments, context in
            let input = try arguments.object("input")
            let client = try await service.create(
                NewClient(
                    name: input.string("name"), uri: input.string("uri"),
                    image: input.string("image"), email: input.string("email")),
                in: context)
            return .success("Created Client", ["client": .object(client)])
        }
        mutation(
            "addKeyToClient", failure: "Error trying to add key to client"
        ) { arguments, context in
            let input = try arguments.object("input")
            let client = try await service.addKey(
                id: input.string("id"), clientID: input.string("clientId"),
                jwk: input.string("jwk"), in: context)
            return .success("Added Key To Client", ["client": .object(client)])
        }
        mutation(
            "revokeClientKey", failure: "Error trying to revoke client key"
        ) { arguments, context in
            try await service.revokeKey(id: arguments.string("keyId"), in: context)
            return .success("Client key revoked")
        }
        type("Client", of: Client.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("name") { .string($0.name) }
            type.field("uri") { .string($0.uri) }
            type.field("image") { .string($0.image) }
            type.field("email") { .string($0.email) }
            type.batch("keys") { clients, _, context in
                try await service.keys(of: clients, in: context).map { .success(.objects($0)) }
            }
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        type("ClientKeys", of: ClientKey.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("clientId") { .string($0.clientID.description) }
            type.field("jwk") { .string($0.jwk.text) }
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        connection("ClientsConnection", edge: "ClientEdge", of: Client.self)
        response("CreateClientMutationResponse", fields: ["client"])
        response("AddKeyToClientMutationResponse", fields: ["client"])
        response("RevokeClientKeyMutationResponse", echoing: ["keyId"])
    }
}
