package import GraphQL
import OrderedCollections

/// The API: the SDL of every feature, bound to its resolvers and guarded by its access rules.
package enum SchemaAssembly {
    /// - Throws: `SchemaErrors` with every fault of the SDL.
    package static func schema() throws -> Schema {
        try Schema(sdl: [
            source(PackageResources.API_graphql, "API"),
            source(PackageResources.Access_graphql, "Access"),
            source(PackageResources.Assets_graphql, "Assets"),
            source(PackageResources.Audit_graphql, "Audit"),
            source(PackageResources.Clients_graphql, "Clients"),
            source(PackageResources.IncomingPayments_graphql, "IncomingPayments"),
            source(PackageResources.Liquidity_graphql, "Liquidity"),
            source(PackageResources.OutgoingPayments_graphql, "OutgoingPayments"),
            source(PackageResources.PaymentPointers_graphql, "PaymentPointers"),
            source(PackageResources.Payments_graphql, "Payments"),
            source(PackageResources.PointerEvents_graphql, "PointerEvents"),
            source(PackageResources.Peers_graphql, "Peers"),
            source(PackageResources.Positions_graphql, "Positions"),
            source(PackageResources.Quotes_graphql, "Quotes"),
            source(PackageResources.Rates_graphql, "Rates"),
            source(PackageResources.Tenants_graphql, "Tenants"),
            source(PackageResources.Transfers_graphql, "Transfers"),
            source(PackageResources.Webhooks_graphql, "Webhooks"),
        ])
    }

    /// The names of all fields that operations begin with.
    static func rootFields(of schema: Schema) -> Set<String> {
        let types = [schema.queryType, schema.mutationType, schema.subscriptionType]
        return types.reduce(into: []) { names, type in
            names.formUnion(type?.fields.values.map(\.name) ?? [])
        }
    }

    static func engine(
        _ schema: Schema, _ resolvers: Resolvers<RequestContext>, limits: EngineOptions
    ) throws -> Engine<RequestContext> {
        let mutation = schema.mutationType?.name
        let roots = [schema.queryType?.name, mutation, schema.subscriptionType?.name]
        return try Engine(
            schema: schema, resolvers: resolvers, scalars: [.uint64], options: limits,
            guards: { type, field in
                try AccessRules.guard(
                    of: type, field, isMutation: type.name == mutation,
                    isRoot: roots.contains(type.name))
            },
            presentError: { error, context in presentError(error, in: context) })
    }

    private static func source(_ bytes: [UInt8], _ feature: String) -> Source {
        Source(String(decoding: bytes, as: UTF8.self), name: "\(feature).graphql")
    }
}
