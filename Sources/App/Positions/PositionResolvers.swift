import GraphQL

extension Resolvers<RequestContext> {
    mutating func positions(_ service: PositionService, _ liquidity: LiquidityService) {
        query("position") { arguments, context in
            .object(try await service.find(arguments.string("id"), in: context))
        }
        query("positions") { arguments, context in
            let filter = try arguments.optionalObject("filter")
            return .object(
                try await service.page(
                    PageRequest(arguments),
                    PositionFilter(
                        side: filter?.optionalString("side"),
                        counterparty: filter?.optionalString("counterpartyTenantId"),
                        asset: filter?.optionalString("assetId")), in: context))
        }
        mutation(
            "setPositionLimit", failure: "Error trying to set position limit"
        ) { arguments, context in
            let input = try arguments.object("input")
            let position = try await service.setLimit(
                input.uint64("limit"), ofTenant: input.string("tenantId"),
                asset: input.string("assetId"), in: context)
            return .success("Set Position Limit", ["position": .object(position)])
        }
        settlement(liquidity)
        type("Position", of: Position.self) { type in
            type.field("id") { .string($0.id.description) }
            type.field("side") { .string($0.side.rawValue) }
            type.field("counterpartyTenantId") { .string($0.counterpartyID.description) }
            type.field("asset") { .object($0.asset) }
            type.field("limit") { .uint64($0.limit) }
            type.field("createdAt") { .string($0.createdAt.text) }
            type.batch("amount") { positions, _, context in
                try await service.amounts(of: positions, in: context)
                    .map { .success(.uint64($0)) }
            }
        }
        connection("PositionsConnection", edge: "PositionEdge", of: Position.self)
        response("SetPositionLimitMutationResponse", fields: ["position"])
    }

    private mutating func settlement(_ service: LiquidityService) {
        liquidityMutation(
            "addPositionLiquidity", failure: "Error trying to add position liquidity"
        ) { arguments, context in
            let input = try arguments.object("input")
            try await service.deposit(
                input.uint64("amount"), to: .receivable, input.string("positionId"),
                transferID: input.string("id"), in: context)
            return .success("Added position liquidity")
        }
        liquidityMutation(
            "createPositionLiquidityWithdrawal",
            failure: "Error trying to create position liquidity withdrawal"
        ) { arguments, context in
            let input = try arguments.object("input")
            try await service.withdraw(
                input.uint64("amount"), from: .payable, input.string("positionId"),
                transferID: input.string("id"), in: context)
            return .success("Created position liquidity withdrawal")
        }
    }
}
