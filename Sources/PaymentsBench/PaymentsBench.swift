import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Whole payments against a running server, so many at once: payments a second, and how long one
/// takes.
@main
struct PaymentsBench: AsyncParsableCommand {
    @Option(help: "The server's URL, with /graphql.")
    var url: String
    @Option(help: "The key of a tenant.")
    var key: String
    @Option(help: "How many payments are under way at once.")
    var inFlight = 100
    @Option(help: "For how many seconds payments are begun.")
    var seconds = 10
    @Option(help: "How many payment pointers pay and are paid.")
    var pointers = 100

    static func main() async {
        // As in the server: tasks run where the sockets are, so that less of the machine goes to
        // the load itself.
        NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        await main(nil)
    }

    func run() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = inFlight
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            try await measure(Client(http: http, url: url, apiKey: key))
        } catch {
            try? await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }

    private func measure(_ client: Client) async throws {
        var made: [Payment.Pointer] = []
        for _ in 0..<pointers {
            let url = "https://bench.example/\(UUID().uuidString.lowercased())"
            let answer = try await client.send(
                """
                mutation($url: String!, $code: String!) { createPaymentPointer(input: {url: $url,
                asset: {code: $code, scale: 2}}) { paymentPointer { id } } }
                """, [("url", url), ("code", "USD")])
            made.append(Payment.Pointer(id: try Client.text("id", in: answer), url: url))
        }
        let all = made
        let payment = Payment(client: client)
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<inFlight {
                group.addTask {
                    var times: [Double] = []
                    while ContinuousClock.now < end {
                        guard let payer = all.randomElement(), let payee = all.randomElement()
                        else { break }
                        times.append(try await payment.run(from: payer, to: payee))
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let elapsed = Double(start.duration(to: .now) / .milliseconds(1)) / 1000
        let sorted = times.sorted()
        func percentile(_ share: Double) -> Double {
            guard let last = sorted.indices.last else { return 0 }
            return sorted[min(last, Int(Double(sorted.count) * share))] * 1000
        }
        // payments, payments a second, p50 and p99 in milliseconds
        let figures = [
            String(times.count), String(format: "%.1f", Double(times.count) / elapsed),
            String(format: "%.1f", percentile(0.5)), String(format: "%.1f", percentile(0.99)),
        ]
        FileHandle.standardOutput.write(Data((figures.joined(separator: " ") + "\n").utf8))
    }
}
