import GraphQL

extension Resolvers<RequestContext> {
    mutating func assets(_ service: AssetService) {
        query("asset") { arguments, context in
            .object(try await service.find(id: arguments.string("id"), in: context))
        }
        query("assets") { arguments, context in
            .object(
                try await service.page(
                    PageRequest(arguments), AssetFilter(arguments.optionalObject("filter")),
                    by: ListOrder(arguments, standard: .createdAt), in: context))
        }
        mutation("createAsset", failure: "Error trying to create asset") { arguments, context in
            let input = try arguments.object("input")
            let asset = try await service.create(
                code: input.string("code"), scale: input.int("scale"),
                withdrawalThreshold: input.optionalUInt64("withdrawalThreshold"), in: context)
            return .success("Created Asset", ["asset": .object(asset)])
        }
        mutation(
            "updateAssetWithdrawalThreshold",
            failure: "Error trying to update asset withdrawal threshold"
        ) { arguments, context in
            let input = try arguments.object("input")
            let asset = try await service.updateWithdrawalThreshold(
                id: input.string("id"), input.optionalUInt64("withdrawalThreshold"), in: context)
            return .success("Updated Asset Withdrawal Threshold", ["asset": .object(asset)])
        }
        mutation("setAssetFee", failure: "Error trying to set asset fee") { arguments, context in
            let input = try arguments.object("input")
            let asset = try await service.setFee(
                assetID: input.string("assetId"), fixed: input.uint64("fixed"),
                basisPoints: input.int("basisPoints"), in: context)
            return .success("Set Asset Fee", ["asset": .object(asset)])
        }
        type("Asset", of: Asset.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("code") { .string($0.code) }
            type.field("scale") { .int($0.scale) }
            type.field("withdrawalThreshold") { .optional($0.withdrawalThreshold) }
            type.field("fee") { .object($0.fee) }
            type.field("createdAt") { .string($0.createdAt.text) }
        }
        type("AssetFee", of: Fee.self) { type in
            type.field("fixed") { .uint64($0.fixed) }
            type.field("basisPoints") { .int($0.basisPoints) }
        }
        connection("AssetsConnection", edge: "AssetEdge", of: Asset.self)
        response("AssetMutationResponse", fields: ["asset"])
    }
}

extension AssetFilter {
    fileprivate init(_ filter: Arguments?) throws {
        try self.init(code: filter?.optionalString("code"), scale: filter?.optionalInt("scale"))
    }
}
