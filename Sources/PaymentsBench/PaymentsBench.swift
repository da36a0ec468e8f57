import ArgumentParser
import Foundation
import NIOCore
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
    @Option(help: "How many payments are begun each second, however many are under way.")
    var rate: Int?
    @Option(help: "For how many seconds payments are begun.")
    var seconds = 10
    @Option(help: "How many payment pointers pay and are paid.")
    var pointers = 100
    @Option(help: "A file of payment pointers that there are already: an id and a URL a line.")
    var known: String?

    /// So many that at a rate no request waits for a connection, which would be held against the
    /// server.
    private static let connectionsMax = 8000

    /// By how much a payment may be begun too early.
    private static let jitter = Duration.milliseconds(2)

    static func main() async {
        // As in the server: tasks run where the sockets are, so that less of the machine goes to
        // the load itself.
        NIOSingletons.unsafeTryInstallSingletonPosixEventLoopGroupAsConcurrencyGlobalExecutor()
        await main(nil)
    }

    func run() async throws {
        try await measure(
            Client(
                url: url, apiKey: key,
                connections: rate == nil ? inFlight : Self.connectionsMax))
    }

    private func measure(_ client: Client) async throws {
        let all =
            if let known { try Self.pointers(known) } else { try await make(client) }
        let payment = Payment(client: client)
        if let rate { return try await overload(payment, all, rate, client) }
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
        show([
            String(times.count), String(format: "%.1f", Double(times.count) / elapsed),
            String(format: "%.1f", percentile(0.5)), String(format: "%.1f", percentile(0.99)),
        ])
    }

    private func make(_ client: Client) async throws -> [Payment.Pointer] {
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
        return made
    }

    private static func pointers(_ file: String) throws -> [Payment.Pointer] {
        try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map { line in
            let parts = line.split(separator: " ")
            guard parts.count == 2 else {
                throw Client.Failure(description: "no payment pointer: \(line)")
            }
            return Payment.Pointer(id: String(parts[0]), url: String(parts[1]))
        }
    }

    private func show(_ figures: [String]) {
        FileHandle.standardOutput.write(Data((figures.joined(separator: " ") + "\n").utf8))
    }

    /// What became of a payment.
    private enum End: Hashable { case completed, refused, failed }

    /// What came of the payments that were begun at a rate.
    private struct Tally {
        var ends: [End: Int] = [:]
        /// Those that were completed while others were begun, but for the first quarter of that
        /// time, until there are as many under way as there will be.
        var completedMeanwhile = 0
    }

    /// Begins payments at a rate, whatever becomes of them. One with a step that is refused is
    /// given up: nothing is tried again.
    private func overload(
        _ payment: Payment, _ all: [Payment.Pointer], _ rate: Int, _ client: Client
    ) async throws {
        let start = ContinuousClock.now
        let warm = start.advanced(by: .seconds(seconds) / 4)
        let (tally, last) = try await withThrowingTaskGroup(
            of: (end: End, at: ContinuousClock.Instant).self
        ) { group in
            for number in 0..<(rate * seconds) {
                guard let payer = all.randomElement(), let payee = all.randomElement() else {
                    break
                }
                let due = start.advanced(by: .seconds(1) * number / rate)
                // A few at a time: a sleep for each would take a part of the machine.
                if due > .now + Self.jitter {
                    try await Task.sleep(until: due, clock: .continuous)
                }
                group.addTask {
                    let end: End
                    do {
                        _ = try await payment.run(from: payer, to: payee)
                        end = .completed
                    } catch is Client.Refusal {
                        end = .refused
                    } catch {
                        end = .failed
                    }
                    return (end, .now)
                }
            }
            let last = ContinuousClock.now
            var tally = Tally()
            for try await (end, moment) in group {
                tally.ends[end, default: 0] += 1
                if end == .completed, moment >= warm, moment <= last {
                    tally.completedMeanwhile += 1
                }
            }
            return (tally, last)
        }
        func perSecond(_ count: Int, since start: ContinuousClock.Instant) -> String {
            String(format: "%.1f", Double(count) * (.seconds(1) / start.duration(to: last)))
        }
        let begun = tally.ends.values.reduce(0, +)
        // begun, completed, completed a second, refused, failed, the slowest request that was not
        // refused in milliseconds, and begun a second
        show([
            String(begun), String(tally.ends[.completed] ?? 0),
            perSecond(tally.completedMeanwhile, since: warm),
            String(tally.ends[.refused] ?? 0), String(tally.ends[.failed] ?? 0),
            String(format: "%.0f", client.slowest.duration / .milliseconds(1)),
            perSecond(begun, since: start),
        ])
    }
}
