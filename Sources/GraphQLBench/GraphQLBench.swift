import Foundation
import GraphQL
import OrderedCollections

/// Measures the engine on the documents of a folder; `scripts/bench-graphql` compares the result
/// with other engines.
///
///     GraphQLBench FOLDER SCHEMA [STEP]
///
/// Prints one line for each step: its name, a tab, microseconds of processor time a call. With a
/// step's name it repeats that one for ten seconds and prints nothing, which is what a profiler
/// wants.
@main
struct GraphQLBench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else { throw BenchError("usage: FOLDER SCHEMA [STEP]") }
        let bench = GraphQLBench(
            folder: URL(filePath: arguments[1], directoryHint: .isDirectory),
            only: arguments.count > 3 ? arguments[3] : nil)
        let schema = try Schema(sdl: [
            Source(try String(contentsOfFile: arguments[2], encoding: .utf8), name: arguments[2])
        ])
        try await bench.measureDocuments(schema)
        try await bench.measurePage()
    }

    private let folder: URL
    private let only: String?

    private func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    private func measureDocuments(_ schema: Schema) async throws {
        let dashboard = try read("dashboard.graphql")
        let probe = BenchmarkProbe(schema: schema)
        guard probe.validate(dashboard) else { throw BenchError("the dashboard is not valid") }
        await measure("parse") { _ = BenchmarkProbe.parse(dashboard) }
        await measure("parse and validate") { _ = probe.validate(dashboard) }

        let engine = try BenchmarkProbe.dataEngine(schema)
        let introspection = Request(query: try read("introspection.graphql"))
        try await measure("introspection") {
            let operation = try engine.prepare(introspection).get()
            _ = await engine.execute(operation, data: .null)
        }
        let request = Request(
            query: dashboard,
            variables: [
                "pointer": .string("1"), "tenant": .string("1"), "withKeys": .bool(true),
            ])
        try await measure("cached document") { _ = try engine.prepare(request).get() }
    }

    private func measurePage() async throws {
        var resolvers = Resolvers<Void>()
        resolvers.query("customers") { arguments, _ in
            .objects(Array(Customer.hundred.prefix(try arguments.int("first"))))
        }
        resolvers.type("Customer", of: Customer.self) { type in
            type.field("id") { .string($0.id) }
            type.field("name") { .string($0.name) }
            type.field("email") { .optional($0.email) }
            type.field("age") { .int($0.age) }
            type.field("isActive") { .bool($0.isActive) }
            type.field("score") { .double($0.score) }
            type.field("city") { .string($0.city) }
            type.field("country") { .string($0.country) }
            type.field("createdAt") { .string($0.createdAt) }
            type.field("balance") { .string($0.balance) }
        }
        let schema = try Schema(sdl: [Source(try read("page-schema.graphql"), name: "page")])
        let engine = try Engine<Void>(schema: schema, resolvers: resolvers)
        let request = Request(query: try read("page.graphql"), variables: ["first": .int(100)])
        try await measure("page of 100 nodes") {
            _ = await engine.execute(try engine.prepare(request).get(), context: ())
        }
        let response = await engine.execute(try engine.prepare(request).get(), context: ())
        guard !response.hasErrors else { throw BenchError("the page has errors") }
        if only == nil { print("page bytes\t\(response.body.count)") }
    }

    /// Warms up for a second, then takes the best of three rounds of a fifth of a second.
    private func measure(_ name: String, _ step: () async throws -> Void) async rethrows {
        if let only, only != name { return }
        var calls = 0
        let warm = Self.microseconds() + (only == nil ? 1e6 : 10e6)
        while Self.microseconds() < warm {
            try await step()
            calls += 1
        }
        if only != nil { return }
        let round = max(1, calls / 5)
        var best = Double.infinity
        for _ in 0..<3 {
            let begun = Self.microseconds()
            for _ in 0..<round { try await step() }
            best = min(best, (Self.microseconds() - begun) / Double(round))
        }
        print("\(name)\t\(best)")
    }

    /// Processor time: what else the machine does then matters less.
    private static func microseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
