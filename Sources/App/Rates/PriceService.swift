package import Logging

/// Where the operator's prices come from.
package enum PriceSource: Sendable {
    /// No prices: assets of one code alone can be exchanged.
    case none
    case fixed(PriceTable)
    /// A URL that answers with the JSON of a `PriceTable`.
    case url(String)
}

/// What exchange rates are made from.
package struct PriceConfiguration: Sendable {
    /// For tenants without prices of their own.
    package var source: PriceSource
    /// How long fetched prices are used without asking for newer ones.
    package var lifetime: Duration
    /// How old fetched prices may be when newer ones cannot be had.
    package var maximumAge: Duration
    package var now: @Sendable () -> ContinuousClock.Instant

    package init(
        source: PriceSource = .none, lifetime: Duration = .seconds(15),
        maximumAge: Duration = .seconds(300),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.source = source
        self.lifetime = lifetime
        self.maximumAge = maximumAge
        self.now = now
    }
}

/// How a tenant's exchange rates are made.
struct PriceSettings: Sendable {
    /// Where the tenant's own prices come from; nil for the operator's.
    let url: String?
}

/// Exchange rates, from the tenant's own prices or else the operator's.
package struct PriceService: Sendable {
    private let source: PriceSource
    private let cache: PriceCache
    private let repository: PriceRepository
    private let check: Check

    /// Fetches the body of a URL; trusted ones may have private addresses.
    package typealias Fetch =
        @Sendable (_ url: String, _ isTrusted: Bool) async throws -> [UInt8]

    /// Finds what is wrong with a URL that a tenant wants to be asked.
    package typealias Check = @Sendable (_ url: String) throws(OutboundError) -> Void

    package init(
        _ configuration: PriceConfiguration, database: Database, logger: Logger,
        check: @escaping Check = { url throws(OutboundError) in _ = try OutboundURL(url) },
        fetch: @escaping Fetch
    ) {
        self.check = check
        source = configuration.source
        repository = PriceRepository(database: database)
        cache = PriceCache(
            lifetime: PriceCache.Lifetime(
                fresh: configuration.lifetime,
                usable: max(configuration.lifetime, configuration.maximumAge)),
            fetch: fetch, logger: logger, now: configuration.now)
    }

    /// The rate from one asset to another. Assets of one code need no price, and none is fetched.
    ///
    /// It may wait for the network: call it before a transaction, not within one.
    /// - Throws: `PriceError`.
    package func rate(
        from source: AssetName, to destination: AssetName, tenant: TenantID
    ) async throws -> ExchangeRate {
        if source.code == destination.code {
            return .sameCode(sourceScale: source.scale, destinationScale: destination.scale)
        }
        let prices = try await prices(of: tenant)
        func price(_ asset: AssetName) throws -> Price {
            guard let price = prices[asset.code] else { throw PriceError.unknown(code: asset.code) }
            return price
        }
        return ExchangeRate(
            source: try price(source), destination: try price(destination),
            sourceScale: source.scale, destinationScale: destination.scale)
    }

    func settings(in context: RequestContext) async throws -> PriceSettings {
        PriceSettings(url: try await repository.url(of: try context.tenantID()))
    }

    /// Nil lets the tenant have the operator's prices.
    func setURL(_ url: String?, in context: RequestContext) async throws -> PriceSettings {
        let tenant = try context.tenantID()
        do throws(OutboundError) {
            if let url { try check(url) }
        } catch {
            throw InvalidInput("Invalid url: \(error)")
        }
        try await repository.setURL(url, tenant: tenant)
        return PriceSettings(url: url)
    }

    private func prices(of tenant: TenantID) async throws -> [String: Price] {
        if let url = try await repository.url(of: tenant) {
            do {
                return try await cache.prices(from: .init(url: url, isTrusted: false)).prices
            } catch {
                throw PriceError.tenantUnavailable(reason: "\(error)")
            }
        }
        switch source {
        case .none: return [:]
        case .fixed(let table): return table.prices
        case .url(let url):
            do {
                return try await cache.prices(from: .init(url: url, isTrusted: true)).prices
            } catch {
                throw PriceError.unavailable
            }
        }
    }
}
