/// A node of the page that is measured. `Benchmarks/GraphQL/reference.js` and `reference.py` make
/// the same hundred.
final class Customer: Sendable {
    let id: String
    let name: String
    let email: String?
    let age: Int
    let isActive: Bool
    let score: Double
    let city = "Nairobi"
    let country = "Kenya"
    let createdAt = "2025-01-01T00:00:00Z"
    let balance: String

    init(number: Int) {
        id = String(number)
        name = "Customer number \(number)"
        email = number % 10 == 0 ? nil : "customer\(number)@example.com"
        age = 20 + number % 60
        isActive = number % 2 == 0
        score = Double(number) * 1.5 + 0.25
        balance = String(123_456_789 + number)
    }

    static let hundred = (0..<100).map { Customer(number: $0) }
}
