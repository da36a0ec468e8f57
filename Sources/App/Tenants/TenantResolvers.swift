import GraphQL

extension Resolvers<RequestContext> {
    mutating func tenants(_ service: TenantService) {
        query("tenant") { arguments, _ in
            .object(try await service.find(id: arguments.string("id")))
        }
        query("tenants") { arguments, _ in
            .object(try await service.page(PageRequest(arguments)))
        }
        mutation("createTenant", failure: "Error trying to create tenant") { arguments, _ in
            let input = try arguments.object("input")
            let created = try await service.create(name: input.string("name"))
            return .success(
                "Created Tenant",
                ["tenant": .object(created.tenant), "apiKey": .string(created.secret.text)])
        }
        mutation("updateTenant", failure: "Error trying to update tenant") { arguments, _ in
            let input = try arguments.object("input")
            let tenant = try await service.update(
                id: input.string("id"), name: input.optionalString("name"))
            return .success("Updated Tenant", ["tenant": .object(tenant)])
        }
        mutation("deleteTenant", failure: "Error trying to delete tenant") { arguments, _ in
            let tenant = try await service.delete(id: arguments.string("id"))
            return .success("Deleted Tenant", ["tenant": .object(tenant)])
        }
        type("Tenant", of: Tenant.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("name") { .string($0.name) }
            type.field("isOperator") { .bool($0.isOperator) }
            type.field("disabledAt") { .optional($0.disabledAt?.text) }
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        connection("TenantsConnection", edge: "TenantEdge", of: Tenant.self)
        response("CreateTenantMutationResponse", fields: ["tenant", "apiKey"])
        response("UpdateTenantMutationResponse", fields: ["tenant"])
        response("DeleteTenantMutationResponse", fields: ["tenant"])
    }
}
