// swift-tools-version: 6.3
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]

let asyncHTTPClient = Target.Dependency.product(
    name: "AsyncHTTPClient", package: "async-http-client")
let argumentParser = Target.Dependency.product(
    name: "ArgumentParser", package: "swift-argument-parser")
let bigInt = Target.Dependency.product(name: "BigInt", package: "BigInt")
let configuration = Target.Dependency.product(
    name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let nioHTTPTypes = Target.Dependency.product(
    name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let orderedCollections = Target.Dependency.product(
    name: "OrderedCollections", package: "swift-collections")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let tracing = Target.Dependency.product(
    name: "Tracing", package: "swift-distributed-tracing")
let unixSignals = Target.Dependency.product(
    name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "hazina",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "hazina", targets: ["Server"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.1"),
        .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"]), .brew(["libpq"])]
        ),
        .systemLibrary(name: "CSched"),
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]
        ),
        .target(
            name: "Postgres",
            dependencies: ["CLibPQ", metrics, deque, logging, tracing],
            swiftSettings: settings
        ),
        .target(
            name: "GraphQL",
            dependencies: [deque, orderedCollections],
            swiftSettings: settings
        ),
        .target(
            name: "Ledger",
            dependencies: ["Postgres", metrics, deque, logging, tracing],
            swiftSettings: settings
        ),
        .target(
            name: "Telemetry",
            dependencies: [
                asyncHTTPClient, metrics, deque, logging, nioCore, nioHTTP1, tracing,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Migrations",
            path: "sql",
            resources: [
                .embedInCode("migrations/0001_tenants.sql"),
                .embedInCode("migrations/0002_assets.sql"),
                .embedInCode("migrations/0003_payment_pointers.sql"),
                .embedInCode("migrations/0004_access.sql"),
                .embedInCode("migrations/0005_peers.sql"),
                .embedInCode("migrations/0006_ledger_transfers.sql"),
                .embedInCode("migrations/0007_ledger_balances.sql"),
                .embedInCode("migrations/0008_ledger_apply.sql"),
                .embedInCode("migrations/0009_ledger_batches.sql"),
                .embedInCode("migrations/0010_idempotency.sql"),
                .embedInCode("migrations/0011_webhook_events.sql"),
                .embedInCode("migrations/0012_ledger_kinds.sql"),
                .embedInCode("migrations/0013_payments.sql"),
                .embedInCode("migrations/0014_positions.sql"),
                .embedInCode("migrations/0015_prices_url.sql"),
                .embedInCode("migrations/0016_asset_fees.sql"),
                .embedInCode("migrations/0017_active_payment_pointers.sql"),
                .embedInCode("migrations/0018_clients.sql"),
                .embedInCode("migrations/0019_webhook_delivery.sql"),
                .embedInCode("migrations/0020_retention.sql"),
                .embedInCode("migrations/0021_ledger_speed.sql"),
                .embedInCode("migrations/0022_list_indexes.sql"),
                .embedInCode("migrations/0023_restricted_keys.sql"),
                .embedInCode("migrations/0024_audit_log.sql"),
                .embedInCode("migrations/0025_observation.sql"),
                .embedInCode("migrations/0026_confirmed_keys.sql"),
                .embedInCode("migrations/0027_leaner_batches.sql"),
                .embedInCode("migrations/0028_plain_batches.sql"),
                .embedInCode("migrations/0029_pairs.sql"),
                .embedInCode("grants.sql"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "App",
            dependencies: [
                "GraphQL", "Ledger", "Migrations", "Postgres", "Telemetry", asyncHTTPClient,
                bigInt, metrics, crypto, deque, logging, nioCore, nioHTTP1, nioSSL,
                orderedCollections, tracing,
            ],
            resources: [
                .embedInCode("API/API.graphql"),
                .embedInCode("Access/Access.graphql"),
                .embedInCode("Assets/Assets.graphql"),
                .embedInCode("Audit/Audit.graphql"),
                .embedInCode("Clients/Clients.graphql"),
                .embedInCode("IncomingPayments/IncomingPayments.graphql"),
                .embedInCode("Liquidity/Liquidity.graphql"),
                .embedInCode("OutgoingPayments/OutgoingPayments.graphql"),
                .embedInCode("PaymentPointers/PaymentPointers.graphql"),
                .embedInCode("PaymentPointers/PointerEvents.graphql"),
                .embedInCode("Payments/Payments.graphql"),
                .embedInCode("Peers/Peers.graphql"),
                .embedInCode("Positions/Positions.graphql"),
                .embedInCode("Quotes/Quotes.graphql"),
                .embedInCode("Rates/Rates.graphql"),
                .embedInCode("Tenants/Tenants.graphql"),
                .embedInCode("Transfers/Transfers.graphql"),
                .embedInCode("Webhooks/Webhooks.graphql"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "HTTP",
            dependencies: [
                "App", "CSched", "CZlib", "GraphQL", "Telemetry", crypto, deque, hummingbird,
                hummingbirdCore, httpTypes, lifecycle, logging, metrics, nioCore, nioHTTPTypes,
                nioPosix, nioSSL,
                tracing,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Server",
            dependencies: [
                "App", "GraphQL", "HTTP", "Ledger", "Postgres", "Telemetry", argumentParser,
                configuration, lifecycle, logging, metrics, nioCore, nioPosix, tracing,
                unixSignals,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "GraphQLBench",
            dependencies: ["GraphQL", orderedCollections],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "PostgresBench",
            dependencies: ["Postgres", logging],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "PaymentsBench",
            dependencies: [argumentParser, nioCore, nioPosix],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Torture",
            dependencies: [
                "Postgres", "TestSupport", argumentParser, asyncHTTPClient, nioCore, nioHTTP1,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "TestSupport",
            dependencies: [
                "App", "GraphQL", "Ledger", "Postgres", logging, nioCore, nioHTTP1, nioPosix,
                nioSSL,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "AppTests",
            dependencies: [
                "App", "GraphQL", "Ledger", "Postgres", "Telemetry", "TestSupport", metrics,
                orderedCollections, tracing,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "GraphQLTests",
            dependencies: ["GraphQL", orderedCollections],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HTTPTests",
            dependencies: [
                "App", "CZlib", "GraphQL", "HTTP", "Telemetry", "TestSupport", crypto, httpTypes,
                lifecycle, logging, metrics, nioCore, nioEmbedded, tracing,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "LedgerTests",
            dependencies: ["Ledger", "Postgres", "Telemetry", "TestSupport", metrics],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: ["Postgres", "Telemetry", logging, metrics],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "App", "GraphQL", "HTTP", "Server", "Telemetry", "TestSupport", "Torture",
                asyncHTTPClient, httpTypes, logging, nioCore, nioHTTP1, nioSSL,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TelemetryTests",
            dependencies: ["Telemetry", "TestSupport", metrics, logging, tracing],
            swiftSettings: settings
        ),
        .testTarget(name: "TidyTests", swiftSettings: settings),
    ]
)

// Needs the sanitizers of the toolchain, and has no `main` without libFuzzer's.
if Context.environment["HAZINA_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(name: "GraphQLFuzz", dependencies: ["GraphQL"], swiftSettings: settings))
}
