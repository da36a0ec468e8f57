import Foundation
import Logging
import Postgres

/// Compares the pool with `pgbench -M prepared` on one statement, alternating, on one server.
///
///     DATABASE_URL=postgresql://... PostgresBench [seconds per run] [repetitions]
@main
struct PostgresBench {
    static let connections = 4
    static let callers = 64
    static let rows = 10_000
    static let table = "postgres_bench_t"

    static func main() async throws {
        guard let url = ProcessInfo.processInfo.environment["DATABASE_URL"] else {
            throw BenchError("DATABASE_URL is not set")
        }
        let arguments = CommandLine.arguments
        let seconds = arguments.count > 1 ? Int(arguments[1]) ?? 3 : 3
        let repetitions = arguments.count > 2 ? Int(arguments[2]) ?? 5 : 5
        try await prepare(url)

        let pool = Pool(
            PoolConfiguration(url: url, size: connections), logger: Logger(label: "bench"))
        try await pool.start()
        while pool.status.open < connections { try await Task.sleep(for: .milliseconds(10)) }
        _ = try await measure(
            pool, callers: callers, for: .milliseconds(500), settings: { _ in [] })

        let tenant = [LocalSetting(name: "app.tenant_id", value: UUID().uuidString)]
        var results: [String: [Double]] = [:]
        var latencies: [Double] = []
        for _ in 0..<max(1, repetitions) {
            results["pgbench", default: []].append(try pgbench(url, seconds: seconds))
            let run = Duration.seconds(seconds)
            let plain = try await measure(pool, callers: callers, for: run, settings: { _ in [] })
            results["pool", default: []].append(plain.rate)
            let scoped = try await measure(
                pool, callers: callers, for: run, settings: { _ in tenant })
            results["scoped", default: []].append(scoped.rate)
            let mixed = try await measure(
                pool, callers: callers, for: run,
                settings: { [LocalSetting(name: "app.tenant_id", value: "tenant \($0)")] })
            results["mixed", default: []].append(mixed.rate)
            let single = try await measure(
                pool, callers: 1, for: .seconds(1), settings: { _ in [] })
            results["single", default: []].append(single.rate)
            latencies.append(single.medianMicroseconds)
        }
        await pool.shutdown()
        report(results, latencies)
    }

    private static func report(_ results: [String: [Double]], _ latencies: [Double]) {
        let reference = median(results["pgbench"] ?? [])
        let lines = [
            ("pgbench -M prepared -c 4 -j 2", "pgbench"),
            ("Pool.read, 64 in flight, 4 connections", "pool"),
            ("the same with one local setting", "scoped"),
            ("the same, another value for each caller", "mixed"),
            ("Pool.read, 1 in flight", "single"),
        ]
        for (label, key) in lines {
            let rates = results[key] ?? []
            let rate = median(rates)
            let spread = "[\(Int(rates.min() ?? 0)) - \(Int(rates.max() ?? 0))]"
            let ratio = reference > 0 ? rate / reference : 0
            let name = label.padding(toLength: 42, withPad: " ", startingAt: 0)
            print(name, "\(Int(rate))/s \(spread), ratio", String(format: "%.2f", ratio))
        }
        print("median latency with 1 in flight:", String(format: "%.0f us", median(latencies)))
    }

    private static func prepare(_ url: String) async throws {
        let connection = try await DirectConnection.open(url: url)
        defer { connection.close() }
        try await connection.execute(
            script: """
                drop table if exists \(table);
                create table \(table) (id int primary key, balance bigint not null);
                insert into \(table) select i, i * 10 from generate_series(1, \(rows)) i;
                """)
        try await connection.execute(script: "vacuum analyze \(table)")
    }

    // MARK: Measuring

    struct Measurement {
        var rate: Double
        var medianMicroseconds: Double
    }

    private static func measure(
        _ pool: Pool, callers: Int, for duration: Duration,
        settings: @escaping @Sendable (Int) -> [LocalSetting]
    ) async throws -> Measurement {
        let clock = ContinuousClock()
        let start = clock.now
        let end = start.advanced(by: duration)
        let samples = try await withThrowingTaskGroup(of: (Int, [Double]).self) { group in
            for caller in 0..<callers {
                let settings = settings(caller)
                group.addTask {
                    var count = 0
                    var samples: [Double] = []
                    while clock.now < end {
                        let began = clock.now
                        let id = Int32.random(in: 1...Int32(rows))
                        let answer = try await pool.read(
                            "select id, balance from \(unescaped: table) where id = \(id)",
                            settings: settings)
                        guard try answer.first?.decode("balance", as: Int64.self) == Int64(id) * 10
                        else { throw BenchError("a wrong answer") }
                        count += 1
                        if callers == 1 {
                            samples.append(began.duration(to: clock.now) / .microseconds(1))
                        }
                    }
                    return (count, samples)
                }
            }
            return try await group.reduce(into: (0, [Double]())) { total, part in
                total.0 += part.0
                total.1 += part.1
            }
        }
        let elapsed = start.duration(to: clock.now) / .seconds(1)
        return Measurement(
            rate: Double(samples.0) / elapsed, medianMicroseconds: median(samples.1))
    }

    private static func pgbench(_ url: String, seconds: Int) throws -> Double {
        let script = FileManager.default.temporaryDirectory
            .appendingPathComponent("postgres-bench-\(ProcessInfo.processInfo.processIdentifier)")
        try """
        \\set id random(1, \(rows))
        select id, balance from \(table) where id = :id;
        """.write(to: script, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: script) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // A count, not a time: a child of a task's thread inherits its blocked signals, and pgbench
        // ends a timed run by one.
        process.arguments = [
            "pgbench", "-n", "-M", "prepared", "-c", "\(connections)", "-j", "2",
            "-t", "\(seconds * 4_000)", "-f", script.path, url,
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let line = text.split(separator: "\n").first { $0.hasPrefix("tps = ") }
        guard let rate = line?.split(separator: " ").dropFirst(2).first.flatMap({ Double($0) })
        else { throw BenchError("pgbench gave no rate: is it installed?") }
        return rate
    }

    private static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        return values.sorted()[values.count / 2]
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
