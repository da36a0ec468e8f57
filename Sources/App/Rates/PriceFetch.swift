/// Fetches prices over HTTP.
enum PriceFetch {
    /// How long a request may take as a whole.
    private static let timeout = Duration.seconds(5)
    /// How long an answer may be, in bytes.
    private static let maximumBytes = 65_536
    private static let maximumTrustedBytes = 1_048_576

    static func over(_ client: OutboundClient) -> PriceService.Fetch {
        { url, isTrusted in
            let response = try await client.send(
                method: "GET", url: url, headers: [("accept", "application/json")],
                timeout: timeout, maximumBytes: isTrusted ? maximumTrustedBytes : maximumBytes,
                isTrusted: isTrusted)
            guard response.status == 200 else {
                throw PriceTableError(description: "it answered with the status \(response.status)")
            }
            return response.body
        }
    }
}
