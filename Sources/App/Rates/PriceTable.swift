import GraphQL

/// Prices by currency code, in one base.
package struct PriceTable: Sendable, Equatable {
    /// The most prices in a table.
    static let maximumCount = 10_000

    package let prices: [String: Price]
    /// Codes that came with something else than a price above zero, of which nothing is known.
    package let refused: [String]

    /// Reads an object such as `{"USD": 1.0, "EUR": 1.25}`; numbers are read exactly.
    /// - Throws: `PriceTableError` for what is no such object.
    package init(json: [UInt8]) throws {
        let members: [(code: String, text: String)]
        do {
            members = try JSONReader.members(json, maxDepth: 4).map { code, text in
                (code, String(decoding: text, as: UTF8.self))
            }
        } catch {
            throw PriceTableError(description: "it is no JSON object of prices: \(error.message)")
        }
        guard members.count <= Self.maximumCount else {
            throw PriceTableError(description: "it has more than \(Self.maximumCount) prices")
        }
        var prices: [String: Price] = [:]
        var refused: [String] = []
        for member in members {
            if let price = Price(member.text) {
                prices[member.code] = price
            } else {
                refused.append(member.code)
            }
        }
        self.prices = prices
        self.refused = refused
    }

    /// What the table takes in memory, roughly.
    var bytes: Int { prices.keys.reduce(64) { $0 + $1.utf8.count + 128 } }
}

/// Why a text is no table of prices.
package struct PriceTableError: Error, CustomStringConvertible {
    package let description: String
}
