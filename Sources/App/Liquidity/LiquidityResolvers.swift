import GraphQL

extension Resolvers<RequestContext> {
    mutating func liquidity(_ service: LiquidityService) {
        deposits(service)
        withdrawals(service)
        liquidityMutation(
            "finalizeLiquidityWithdrawal", failure: "Error trying to finalize withdrawal"
        ) { arguments, context in
            try await service.finalize(arguments.string("withdrawalId"), in: context)
            return .success("Finalized Withdrawal")
        }
        liquidityMutation(
            "rollbackLiquidityWithdrawal", failure: "Error trying to roll back withdrawal"
        ) { arguments, context in
            try await service.rollBack(arguments.string("withdrawalId"), in: context)
            return .success("Rolled Back Withdrawal")
        }
        response("LiquidityMutationResponse", fields: ["error"])
        response("PaymentPointerWithdrawalMutationResponse", fields: ["error", "withdrawal"])
        type("PaymentPointerWithdrawal", of: PaymentPointerWithdrawal.self) { type in
            type.field("id") { .string($0.id) }
            type.field("amount") { .uint64($0.amount) }
            type.field("paymentPointer") { withdrawal, _, context in
                .object(try await service.paymentPointer(of: withdrawal, in: context))
            }
        }
    }

    private mutating func deposits(_ service: LiquidityService) {
        liquidityMutation(
            "addPeerLiquidity", failure: "Error trying to add peer liquidity"
        ) { arguments, context in
            let input = try arguments.object("input")
            try await service.deposit(
                input.uint64("amount"), to: .peer, input.string("peerId"),
                transferID: input.string("id"), in: context)
            return .success("Added peer liquidity")
        }
        liquidityMutation(
            "addAssetLiquidity", failure: "Error trying to add asset liquidity"
        ) { arguments, context in
            let input = try arguments.object("input")
            try await service.deposit(
                input.uint64("amount"), to: .asset, input.string("assetId"),
                transferID: input.string("id"), in: context)
            return .success("Added asset liquidity")
        }
    }

    private mutating func withdrawals(_ service: LiquidityService) {
        liquidityMutation(
            "createPeerLiquidityWithdrawal",
            failure: "Error trying to create peer liquidity withdrawal"
        ) { arguments, context in
            let input = try arguments.object("input")
            try await service.withdraw(
                input.uint64("amount"), from: .peer, input.string("peerId"),
                transferID: input.string("id"), in: context)
            return .success("Created peer liquidity withdrawal")
        }
        liquidityMutation(
            "createAssetLiquidityWithdrawal",
            failure: "Error trying to create asset liquidity withdrawal"
        ) { arguments, context in
            let input = try arguments.object("input")
            try await service.withdraw(
                input.uint64("amount"), from: .asset, input.string("assetId"),
                transferID: input.string("id"), in: context)
            return .success("Created asset liquidity withdrawal")
        }
        liquidityMutation(
            "createPaymentPointerWithdrawal",
            failure: "Error trying to create payment pointer withdrawal"
        ) { arguments, context in
            let input = try arguments.object("input")
            let withdrawal = try await service.withdrawAll(
                fromPaymentPointer: input.string("paymentPointerId"),
                transferID: input.string("id"), in: context)
            return .success(
                "Created account withdrawal", ["withdrawal": .object(withdrawal)])
        }
    }

    /// Binds a mutation whose answer tells its failure as a `LiquidityError` too.
    mutating func liquidityMutation(
        _ name: String, failure: String,
        _ perform: @escaping @Sendable (Arguments, RequestContext) async throws -> MutationResponse
    ) {
        mutation(name, failure: failure) { (arguments: Arguments, context: RequestContext) in
            do {
                return try await perform(arguments, context)
            } catch let error as LiquidityError {
                return MutationResponse(
                    code: error.code, message: error.message,
                    fields: ["error": .optional(error.name)])
            }
        }
    }
}
