import App
import GraphQL
import OrderedCollections
import TestSupport
import Testing

/// Every root field against every kind of caller.
@Suite struct AccessMatrixTests {
    enum Expected { case allowed, unauthenticated, forbidden }

    /// Which callers each field lets in; a field without a row fails the suite.
    private static let rows: [String: Set<String>] = [
        "asset": ["operator", "tenant"],
        "assets": ["operator", "tenant"],
        "peer": ["operator", "tenant"],
        "peerByDestination": ["operator", "tenant"],
        "peers": ["operator", "tenant"],
        "paymentPointer": ["operator", "tenant", "session"],
        "ledgerTransfer": ["operator", "tenant"],
        "ledgerAccount": ["operator", "tenant"],
        "incomingPayment": ["operator", "tenant", "session"],
        "incomingPayments": ["operator", "tenant"],
        "createIncomingPayment": ["operator", "tenant", "session"],
        "completeIncomingPayment": ["operator", "tenant", "session"],
        "cancelIncomingPayment": ["operator", "tenant", "session"],
        "quote": ["operator", "tenant", "session"],
        "createQuote": ["operator", "tenant", "session"],
        "outgoingPayment": ["operator", "tenant", "session"],
        "outgoingPayments": ["operator", "tenant"],
        "createOutgoingPayment": ["operator", "tenant", "session"],
        "cancelOutgoingPayment": ["operator", "tenant", "session"],
        "depositEventLiquidity": ["operator", "tenant"],
        "withdrawEventLiquidity": ["operator", "tenant"],
        "triggerPaymentPointerEvents": ["operator", "tenant"],
        "position": ["operator", "tenant"],
        "positions": ["operator", "tenant"],
        "setPositionLimit": ["operator", "tenant"],
        "addPositionLiquidity": ["operator", "tenant"],
        "createPositionLiquidityWithdrawal": ["operator", "tenant"],
        "tenant": ["operator"],
        "tenants": ["operator"],
        "whoami": ["operator", "tenant", "session"],
        "apiKeys": ["operator", "tenant"],
        "webhook": ["operator", "tenant"],
        "webhookEvent": ["operator", "tenant"],
        "webhookEvents": ["operator", "tenant"],
        "setWebhook": ["operator", "tenant"],
        "rotateWebhookSecret": ["operator", "tenant"],
        "sendTestWebhook": ["operator", "tenant"],
        "resendWebhookEvent": ["operator", "tenant"],
        "createAsset": ["operator", "tenant"],
        "updateAssetWithdrawalThreshold": ["operator", "tenant"],
        "paymentPointerByUrl": ["operator", "tenant", "session"],
        "paymentPointers": ["operator", "tenant"],
        "updatePaymentPointer": ["operator", "tenant"],
        "priceSettings": ["operator", "tenant"],
        "setPricesUrl": ["operator", "tenant"],
        "client": ["operator", "tenant"],
        "clients": ["operator", "tenant"],
        "createClient": ["operator", "tenant"],
        "addKeyToClient": ["operator", "tenant"],
        "revokeClientKey": ["operator", "tenant"],
        "setAssetFee": ["operator", "tenant"],
        "createPaymentPointer": ["operator", "tenant"],
        "createPeer": ["operator", "tenant"],
        "updatePeer": ["operator", "tenant"],
        "deletePeer": ["operator", "tenant"],
        "addPeerLiquidity": ["operator", "tenant"],
        "addAssetLiquidity": ["operator", "tenant"],
        "createPeerLiquidityWithdrawal": ["operator", "tenant"],
        "createAssetLiquidityWithdrawal": ["operator", "tenant"],
        "createPaymentPointerWithdrawal": ["operator", "tenant"],
        "finalizeLiquidityWithdrawal": ["operator", "tenant"],
        "rollbackLiquidityWithdrawal": ["operator", "tenant"],
        "transfer": ["operator", "tenant"],
        "createApiKey": ["operator", "tenant"],
        "deleteAllApiKeys": ["operator", "tenant"],
        "revokeApiKey": ["operator", "tenant"],
        "rotateTenantKey": ["operator", "tenant"],
        "createTenantKey": ["operator", "tenant"],
        "revokeTenantKey": ["operator", "tenant"],
        "tenantKeys": ["operator", "tenant"],
        "auditLog": ["operator", "tenant"],
        "createTenant": ["operator"],
        "updateTenant": ["operator"],
        "deleteTenant": ["operator"],
        "redeemApiKey": ["operator", "tenant", "session", "nobody"],
        "refreshSession": ["operator", "tenant", "session", "nobody"],
        "revokeSession": ["operator", "tenant", "session", "nobody"],
    ]

    private struct Callers {
        let known: [String: Credentials]
        let nobody: [Credentials]
    }

    private func callers(_ tester: GraphQLTester) async throws -> Callers {
        let tenant = try await tester.makeTenant()
        let pointer = try await tester.makePaymentPointer(as: tenant.credentials)
        let key = try await tester.makeApiKey(pointer, as: tenant.credentials).key
        let session = try await tester.makeSession(pointer, as: tenant.credentials)
        return Callers(
            known: [
                "operator": .operator, "tenant": tenant.credentials, "session": .session(session),
            ],
            nobody: [
                .nobody,
                Credentials(apiKey: "no such key"),
                Credentials(sessionKey: "no such session"),
                Credentials(apiKey: session),
                Credentials(apiKey: key),
                Credentials(sessionKey: key),
                Credentials(sessionKey: tenant.key),
                Credentials(sessionKey: GraphQLTester.operatorKey),
                Credentials(apiKey: ""),
                Credentials(apiKey: GraphQLTester.operatorKey + "x"),
            ])
    }

    /// A call of the field with an argument of the right form and unknown ids.
    private func document(_ field: FieldDefinition, isMutation: Bool, schema: Schema) -> String {
        let arguments = field.arguments.filter(\.isRequired).map { argument in
            "\(argument.name): " + sample(argument.type.namedType, schema)
        }.joined(separator: ", ")
        let selection = isMutation ? "{ code success message }" : "{ __typename }"
        return (isMutation ? "mutation" : "query")
            + " { field: \(field.name)\(arguments.isEmpty ? "" : "(\(arguments))") \(selection) }"
    }

    private func sample(_ type: String, _ schema: Schema) -> String {
        switch type {
        case "String", "ID": return "\"00000000-0000-4000-8000-000000000000\""
        case "Int", "UInt64": return "2"
        default:
            guard case .inputObject(let input) = schema.type(named: type) else { return "null" }
            let fields = input.fields.values.filter(\.isRequired).map { field in
                "\(field.name): " + sample(field.type.namedType, schema)
            }
            return "{" + fields.joined(separator: ", ") + "}"
        }
    }

    @Test func `every root field lets in whom it should and nobody else`() async throws {
        let schema = try SchemaAssembly.schema()
        let queries = Array(try #require(schema.queryType).fields.values)
        let mutations = Array(try #require(schema.mutationType).fields.values)
        #expect(Set((queries + mutations).map(\.name)) == Set(Self.rows.keys))
        try await GraphQLTester.with { tester in
            let callers = try await callers(tester)
            for (fields, isMutation) in [(queries, false), (mutations, true)] {
                for field in fields {
                    let allowed = Self.rows[field.name] ?? []
                    let query = document(field, isMutation: isMutation, schema: schema)
                    for (name, credentials) in callers.known {
                        let answer = try await tester.send(query, as: credentials)
                        check(
                            answer, allowed.contains(name) ? .allowed : .forbidden, isMutation,
                            "\(field.name) as \(name): \(answer)")
                    }
                    for credentials in callers.nobody {
                        let answer = try await tester.send(query, as: credentials)
                        check(
                            answer, allowed.contains("nobody") ? .allowed : .unauthenticated,
                            isMutation, "\(field.name) as nobody: \(answer)")
                    }
                }
            }
        }
    }

    private func check(
        _ answer: JSON, _ expected: Expected, _ isMutation: Bool, _ comment: Comment
    ) {
        let code = isMutation ? answer.data.field.code : answer.errors[0].extensions.code
        switch expected {
        case .allowed where isMutation:
            #expect(code != nil && code != "403", comment)
            #expect(!(answer.data.field.message.text ?? "").contains("Unauthenticated"), comment)
        case .allowed:
            #expect(code != "UNAUTHENTICATED" && code != "FORBIDDEN", comment)
        case .unauthenticated:
            #expect(code == (isMutation ? "401" : "UNAUTHENTICATED"), comment)
        case .forbidden:
            #expect(code == (isMutation ? "403" : "FORBIDDEN"), comment)
        }
        if expected != .allowed {
            if isMutation {
                #expect(answer.data.field.success == false, comment)
                #expect(answer.errors.isNull, comment)
            } else {
                #expect(answer.data.field.isNull, comment)
            }
        }
    }

    @Test func `the previous operator key is accepted during a rotation`() async throws {
        try await GraphQLTester.with { tester in
            let answer = try await tester.send(
                "{ whoami { role } }", as: Credentials(apiKey: GraphQLTester.previousOperatorKey))
            #expect(answer.data.whoami.role == "OPERATOR")
        }
    }
}
