import App

/// How payments are made.
struct PaymentSettings: Sendable {
    var quoteSeconds: Int
    var fundingSeconds: Int
    var retrySeconds: Int
    /// Nil for as long as the asset's threshold is not reached.
    var throttleSeconds: Int?
    var quoteURL: String?
    var prices: PriceConfiguration

    /// What `dev` uses where nothing else is said, so that currencies can be tried out.
    private static let devPrices = #"{"USD": 1, "EUR": 1.25, "GBP": 1.3, "KES": 0.0077}"#

    init(from reader: inout SettingsReader, for purpose: Settings.Purpose) {
        quoteSeconds = reader.integer(
            "HAZINA_QUOTE_SECONDS", default: 300, in: 1...86_400,
            "How long a quote can be used.")
        fundingSeconds = reader.integer(
            "HAZINA_FUNDING_SECONDS", default: 86_400, in: 1...31_536_000,
            "How long an outgoing payment waits for its money.")
        retrySeconds = reader.integer(
            "HAZINA_PAYMENT_RETRY_SECONDS", default: 10, in: 0...3600,
            "The step by which the waits between attempts to send a payment grow.")
        throttleSeconds = reader.value(
            "HAZINA_WITHDRAWAL_THROTTLE_SECONDS", fallback: nil,
            expected: "a whole number from 0 to 31536000",
            help: "Seconds until money below the asset's threshold is told of; unset: never."
        ) { text in Int(text).flatMap { (0...31_536_000).contains($0) ? $0 : nil } }
        quoteURL = reader.value(
            "HAZINA_QUOTE_URL", fallback: nil, expected: "an http:// or https:// URL",
            help: "The service that has the last word on quotes."
        ) { text in (try? OutboundURL(text))?.text }
        prices = Self.prices(from: &reader)
        if purpose == .dev, case .none = prices.source,
            let table = try? PriceTable(json: Array(Self.devPrices.utf8))
        {
            prices.source = .fixed(table)
        }
    }

    private static func prices(from reader: inout SettingsReader) -> PriceConfiguration {
        var prices = PriceConfiguration()
        let table = reader.value(
            "HAZINA_PRICES", fallback: "none; in dev a few samples",
            expected: "a JSON object of prices above 0 by currency code, such as "
                + #"{"USD": 1.0, "EUR": 1.25}"#,
            help: "What a unit of each currency is worth in a common base, as JSON."
        ) { text -> PriceTable? in
            guard let table = try? PriceTable(json: Array(text.utf8)), table.refused.isEmpty else {
                return nil
            }
            return table
        }
        let url = reader.value(
            "HAZINA_PRICES_URL", fallback: nil, expected: "an http:// or https:// URL",
            help: "A URL that answers such prices; it comes before HAZINA_PRICES."
        ) { text in (try? OutboundURL(text))?.text }
        prices.lifetime = .seconds(
            reader.integer(
                "HAZINA_PRICES_SECONDS", default: 15, in: 1...86_400,
                "How long fetched prices are used without asking for newer ones."))
        prices.maximumAge = .seconds(
            reader.integer(
                "HAZINA_PRICES_MAX_AGE_SECONDS", default: 300, in: 1...604_800,
                "How old prices may be when newer ones cannot be had."))
        if let table { prices.source = .fixed(table) }
        if let url { prices.source = .url(url) }
        return prices
    }

    var configuration: PaymentConfiguration {
        var configuration = PaymentConfiguration()
        configuration.quoteSeconds = quoteSeconds
        configuration.fundingSeconds = fundingSeconds
        configuration.retrySeconds = retrySeconds
        configuration.throttleSeconds = throttleSeconds
        configuration.quoteURL = quoteURL
        configuration.prices = prices
        return configuration
    }
}
