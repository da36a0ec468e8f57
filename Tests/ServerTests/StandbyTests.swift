import App
import Foundation
import Postgres
import Telemetry
import TestSupport
import Testing

@testable import Server
@testable import Torture

/// Queries that are read from a real standby.
@Suite(
    .serialized, .enabled(if: clusterURL != nil, "needs PostgreSQL's programs in PATH"),
    .timeLimit(.minutes(5)))
struct StandbyTests {
    /// One of several processes of the server, whose queries come from the standby.
    private struct Reader {
        let tester: GraphQLTester

        func sample(_ name: String, _ server: String? = nil) async throws -> Double {
            let samples = await tester.app.metrics()
            let found = samples.first { sample in
                sample.name == name && (server == nil || sample.labels.first?.value == server)
            }
            return try #require(found).value
        }

        func isInUse() async throws -> Bool { try await sample("hazina_standby_in_use") == 1 }

        /// Waits until it reads from the standby, or does not.
        func waitUntil(inUse: Bool) async throws {
            try await tester.eventually(within: .seconds(60)) { try await isInUse() == inUse }
        }

        /// The liquidity of an asset; nil if it is not known.
        func liquidity(_ asset: String, as credentials: Credentials) async throws -> String? {
            let answer = try await tester.send(
                "query($id: String!) { asset(id: $id) { liquidity } }", ["id": .string(asset)],
                as: credentials)
            #expect(answer.errors == .null || "\(answer)".contains("NOT_FOUND"), "\(answer)")
            return answer.data.asset.liquidity.text
        }

        /// The same as the standby tells it.
        func copiedLiquidity(
            _ asset: String, as credentials: Credentials
        ) async throws -> String? {
            var liquidity: String?
            try await tester.eventually(within: .seconds(60)) {
                let before = try await sample("hazina_query_reads_total", "standby")
                liquidity = try await self.liquidity(asset, as: credentials)
                return try await sample("hazina_query_reads_total", "standby") > before
            }
            return liquidity
        }
    }

    private func withReader(
        _ pair: Replicated, maxLag: Duration = .seconds(300), url: String? = nil,
        _ body: (Reader) async throws -> Void
    ) async throws {
        let url = url ?? pair.url(pair.standby)
        try await GraphQLTester.with(
            pair.database,
            standby: { pool in
                Standby(
                    PoolConfiguration(url: url), maxLag: maxLag, primary: pool,
                    logger: TestSupport.logger)
            }
        ) { tester in
            let worker = try #require(tester.app.workers.first(where: { $0.name == "standby" }))
            let running = Task { await worker.run() }
            do {
                try await body(Reader(tester: tester))
            } catch {
                Issue.record(error)
            }
            worker.stop()
            await running.value
        }
    }

    /// An asset with money on it.
    private func makeAsset(
        _ code: String, _ amount: UInt64, by reader: Reader, as credentials: Credentials
    ) async throws -> String {
        let asset = try await reader.tester.mutate(
            """
            mutation($code: String!) {
              createAsset(input: {code: $code, scale: 2}) { code message asset { id } }
            }
            """, ["code": .string(code)], as: credentials
        ).asset.id.required()
        try await reader.tester.deposit(amount, toAsset: asset, as: credentials)
        return asset
    }

    @Test func `queries come from a standby that follows, and what was just written does not`()
        async throws
    {
        try await Replicated.with { pair in
            try await withReader(pair) { writer in
                try await withReader(pair) { other in
                    try await withReader(pair, maxLag: .seconds(1)) { careful in
                        try await follow(pair, writer, other, careful)
                    }
                    try await fail(pair, other)
                }
                try await commands(pair)
                try await promote(pair, writer)
            }
        }
    }

    // MARK: A standby that stands still

    private func follow(
        _ pair: Replicated, _ writer: Reader, _ other: Reader, _ careful: Reader
    ) async throws {
        let tenant = try await writer.tester.makeTenant()
        let stranger = try await writer.tester.makeTenant()
        let euros = try await makeAsset("EUR", 5, by: writer, as: tenant.credentials)
        for reader in [writer, other, careful] { try await reader.waitUntil(inUse: true) }
        // What the writer wrote is on the standby as soon as it has seen that.
        #expect(try await writer.copiedLiquidity(euros, as: tenant.credentials) == "5")

        try await pair.pauseReplay()
        try await writer.tester.deposit(2, toAsset: euros, as: tenant.credentials)
        let dollars = try await makeAsset("USD", 1, by: writer, as: tenant.credentials)
        #expect(try await writer.liquidity(euros, as: tenant.credentials) == "7")
        #expect(try await writer.liquidity(dollars, as: tenant.credentials) == "1")
        #expect(try await other.copiedLiquidity(euros, as: tenant.credentials) == "5")
        #expect(try await other.copiedLiquidity(dollars, as: tenant.credentials) == nil)
        // Another tenant of the writer has written nothing, and sees nothing of this one's.
        #expect(try await writer.copiedLiquidity(euros, as: stranger.credentials) == nil)
        #expect(try await other.copiedLiquidity(euros, as: stranger.credentials) == nil)
        try await seeNothing(pair, of: tenant, as: stranger)
        try await readOnlyKey(writer, euros, tenant)
        try await currentAccess(other, tenant)

        // A mutation sees all, also in its answer; and after it its process.
        let deposit = try await other.tester.mutate(
            """
            mutation($input: AddAssetLiquidityInput!) {
              addAssetLiquidity(input: $input) { code message }
            }
            """,
            [
                "input": [
                    "assetId": .string(dollars), "amount": "3", "id": .string("\(UUID())"),
                ]
            ], as: tenant.credentials)
        #expect(deposit.code == "200")
        #expect(try await other.liquidity(dollars, as: tenant.credentials) == "4")

        // Who may not wait so long does not.
        try await careful.waitUntil(inUse: false)
        #expect(try await careful.liquidity(dollars, as: tenant.credentials) == "4")
        try await careful.tester.eventually(within: .seconds(60)) {
            try await careful.sample("hazina_standby_lag_seconds") >= 1
        }

        try await pair.resumeReplay()
        try await careful.waitUntil(inUse: true)
        #expect(try await careful.copiedLiquidity(dollars, as: tenant.credentials) == "4")
    }

    /// Row-level security is the standby's too.
    private func seeNothing(
        _ pair: Replicated, of tenant: GraphQLTester.TestTenant,
        as other: GraphQLTester.TestTenant
    ) async throws {
        let connection = try await DirectConnection.open(url: pair.url(pair.standby))
        defer { connection.close() }
        let counts = { (setting: String) async throws -> Int in
            try await connection.execute(script: "begin; set local app.tenant_id = '\(setting)'")
            let rows = try await connection.query("select count(*)::int8 as n from hazina.assets")
            try await connection.execute(script: "rollback")
            return try #require(try rows.first?.decode("n"))
        }
        #expect(try await counts(tenant.id) == 1)
        #expect(try await counts(other.id) == 0)
        #expect(try await counts("") == 0)
    }

    /// It has nothing of its own to see.
    private func readOnlyKey(
        _ writer: Reader, _ asset: String, _ tenant: GraphQLTester.TestTenant
    ) async throws {
        let key = try await writer.tester.mutate(
            "mutation { createTenantKey(input: {readOnly: true}) { code message apiKey } }",
            as: tenant.credentials
        ).apiKey.required()
        #expect(try await writer.copiedLiquidity(asset, as: .tenant(key)) == "5")
    }

    /// Who may call is never asked of the standby.
    private func currentAccess(
        _ other: Reader, _ tenant: GraphQLTester.TestTenant
    ) async throws {
        let made = try await other.tester.mutate(
            """
            mutation {
              createTenantKey(input: {readOnly: true}) { code message apiKey tenantKey { id } }
            }
            """, as: tenant.credentials)
        let key = try made.apiKey.required()
        let before = try await other.tester.send("{ whoami { role } }", as: .tenant(key))
        #expect(before.data.whoami.role == "TENANT")
        _ = try await other.tester.mutate(
            """
            mutation($id: String!) { revokeTenantKey(input: {id: $id}) { code message } }
            """, ["id": .string(try made.tenantKey.id.required())], as: tenant.credentials)
        let after = try await other.tester.send(
            "{ assets { edges { node { id } } } }", as: .tenant(key))
        #expect("\(after)".contains("UNAUTHENTICATED"))
    }

    // MARK: A standby that fails

    private func fail(_ pair: Replicated, _ reader: Reader) async throws {
        let tenant = try await reader.tester.makeTenant()
        let asset = try await makeAsset("EUR", 5, by: reader, as: tenant.credentials)
        #expect(try await reader.copiedLiquidity(asset, as: tenant.credentials) == "5")
        // It answers nothing, with a query on its way to it.
        pair.standby.freeze(true)
        #expect(try await reader.liquidity(asset, as: tenant.credentials) == "5")
        try await reader.waitUntil(inUse: false)
        #expect(try await reader.liquidity(asset, as: tenant.credentials) == "5")
        pair.standby.freeze(false)
        #expect(try await reader.copiedLiquidity(asset, as: tenant.credentials) == "5")
        // It is stopped, while queries go on.
        let stop = Task { await pair.standby.stop() }
        while try await reader.isInUse() {
            #expect(try await reader.liquidity(asset, as: tenant.credentials) == "5")
        }
        await stop.value
        #expect(try await reader.liquidity(asset, as: tenant.credentials) == "5")
        try await pair.standby.start()
        #expect(try await reader.copiedLiquidity(asset, as: tenant.credentials) == "5")
    }

    // MARK: The program

    private func commands(_ pair: Replicated) async throws {
        var environment = [
            "DATABASE_URL": pair.url(pair.primary), "HAZINA_HTTP_PORT": "0",
            "HAZINA_OPERATOR_KEY": CommandDatabase.key,
            "HAZINA_READ_DATABASE_URL": pair.url(pair.standby),
        ]
        let doctor = try await HazinaProcess.run("doctor", environment: environment)
        #expect(doctor.status == 0, "\(doctor.output)")
        #expect(doctor.output.contains("ok    standby      has what the primary had committed"))
        let server = try HazinaProcess(["serve"], environment)
        let port = try #require(try await server.port())
        var page = ""
        let copied = /hazina_query_reads_total\{server="standby"\} [1-9]/
        for _ in 0..<600 where !page.contains(copied) {
            let answer = try await OneRequest.send(
                "POST", "/graphql", port: port,
                headers: ["Content-Type": "application/json", "x-api-key": CommandDatabase.key],
                body: #"{"query":"{ assets { edges { node { id } } } }"}"#)
            #expect(answer.contains(#"{"data":{"assets":{"edges":[]}}}"#))
            page = try await OneRequest.send("GET", "/metrics", port: port)
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(page.contains("\nhazina_standby_in_use 1\n"))
        #expect(page.contains(copied))
        server.stop()
        let outcome = await server.end()
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("Queries are read from the standby"))

        environment["HAZINA_READ_DATABASE_URL"] = pair.url(pair.primary)
        let mistaken = try await HazinaProcess.run("doctor", environment: environment)
        #expect(mistaken.status == 1)
        #expect(mistaken.output.contains("it is no standby, since it takes writes"))
        environment["HAZINA_READ_DATABASE_URL"] = pair.standby.adminURL("hazina")
        let unfit = try await HazinaProcess.run("serve", environment: environment)
        #expect(unfit.status == 78)
        #expect(unfit.errors.contains("tenants could not be kept apart"))
    }

    // MARK: A standby that is none any more

    private func promote(_ pair: Replicated, _ reader: Reader) async throws {
        let tenant = try await reader.tester.makeTenant()
        let asset = try await makeAsset("EUR", 5, by: reader, as: tenant.credentials)
        try await reader.waitUntil(inUse: true)
        try await pair.administer(pair.standby, "select pg_promote(true, 60)")
        try await reader.waitUntil(inUse: false)
        try await reader.tester.deposit(1, toAsset: asset, as: tenant.credentials)
        #expect(try await reader.liquidity(asset, as: tenant.credentials) == "6")
        let other = Standby(
            PoolConfiguration(url: pair.url(pair.standby)), maxLag: .seconds(5),
            primary: reader.tester.pool, logger: TestSupport.logger)
        guard case .takesWrites = try await other.look() else {
            Issue.record("a server that takes writes is read from")
            return
        }
        await other.close()
    }
}
