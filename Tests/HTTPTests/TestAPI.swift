import App
import GraphQL
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import HTTP

/// A small API of the tests' own, served for real on a port of 127.0.0.1.
struct TestAPI: Sendable {
    /// What the resolvers get.
    struct Context: Sendable {
        var tally: BadKeyTally
    }

    static let goodKey = "good-key-that-never-appears-in-a-log"
    /// A key whose look-up finds no database.
    static let unluckyKey = "unlucky-key"
    /// A key whose look-up fails by a fault of ours.
    static let brokenKey = "broken-key"
    /// A key that is valid until something is added to `revocations`.
    static let revocableKey = "revocable-key"

    let port: Int
    let log: LogRecorder
    let mutations: Counter
    /// Slow requests that have begun.
    let slow: Counter
    let events: EventSources
    /// What `held` waits for.
    let gate: Gate
    let admission: Admission
    private let group: ServiceGroup

    /// Serves while `body` runs, then stops.
    static func serve(
        _ change: (inout HTTPServer<Context>.Configuration) -> Void = { _ in },
        _ body: (TestAPI) async throws -> Void
    ) async throws {
        var configuration = HTTPServer<Context>.Configuration(port: 0)
        change(&configuration)
        let log = LogRecorder()
        let mutations = Counter()
        let slow = Counter()
        let events = EventSources()
        let gate = Gate()
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = HTTPServer(
            configuration: configuration, backend: try backend(mutations, slow, events, gate),
            logger: Logger(label: "test") { _ in RecordingHandler(recorder: log) }
        ) { port.yield($0) }
        let logger = Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(services: [server], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { port.finish() }
                try await group.run()
            }
            var iterator = ports.makeAsyncIterator()
            if let port = await iterator.next() {
                let api = TestAPI(
                    port: port, log: log, mutations: mutations, slow: slow, events: events,
                    gate: gate, admission: server.admission, group: group)
                do {
                    try await body(api)
                } catch {
                    Issue.record(error)
                }
                gate.open()
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }

    /// Tells the server to stop, as a signal does.
    func stop() async { await group.triggerGracefulShutdown() }

    func connect() async throws -> HTTPConnection { try await .open(port: port) }

    /// One request on a connection of its own.
    func request(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: String? = nil
    ) async throws -> HTTPConnection.Reply {
        let connection = try await connect()
        try await connection.send(method, path, headers: headers, body: body)
        return try await connection.reply(toHead: method == "HEAD")
    }

    /// A GraphQL request by POST.
    func post(
        _ body: String, headers: [(String, String)] = []
    ) async throws -> HTTPConnection.Reply {
        try await request(
            "POST", "/graphql", headers: [("Content-Type", "application/json")] + headers,
            body: body)
    }

    private static let sdl = """
        type Query {
          hello: String!
          echo(text: String!): String!
          slow(milliseconds: Int!): String!
          held: String!
          redeem: String
          busy: String
          busyPart: Part
        }
        type Part { text: String! }
        type Mutation {
          busyChange: String
          changePart: Part
          change: String!
          say(text: String!): String!
        }
        type Subscription {
          ticks(count: Int!): Int!
          silence: Int!
          flood(bytes: Int!): String!
          forbidden: Int!
          failing: Int!
        }
        """

    private static func backend(
        _ mutations: Counter, _ slow: Counter, _ events: EventSources, _ gate: Gate
    ) throws -> Backend<Context> {
        var resolvers = Resolvers<Context>()
        resolvers.query("hello") { _, _ in .string("world") }
        resolvers.query("echo") { arguments, _ in .string(try arguments.string("text")) }
        resolvers.query("slow") { arguments, _ in
            slow.increment()
            try await Task.sleep(for: .milliseconds(try arguments.int("milliseconds")))
            return .string("done")
        }
        resolvers.query("held") { _, _ in
            await gate.pass()
            return .string("let go")
        }
        resolvers.query("redeem") { _, context in
            .string(context.tally.reportBadKey() ? "refused" : "unknown")
        }
        let busy = GraphQLError("No room", code: "SERVICE_UNAVAILABLE")
        resolvers.query("busy") { _, _ in throw busy }
        resolvers.query("busyPart") { _, _ in .object(busy) }
        resolvers.mutation("busyChange") { _, _ in throw busy }
        resolvers.mutation("changePart") { _, _ in .object(busy) }
        resolvers.type("Part", of: GraphQLError.self) { type in
            type.field("text") { throw $0 }
        }
        resolvers.mutation("change") { _, _ in
            mutations.increment()
            return .string("changed")
        }
        resolvers.mutation("say") { arguments, _ in .string(try arguments.string("text")) }
        events.add(to: &resolvers)
        let engine = try Engine(
            schema: Schema(sdl: [Source(sdl, name: "test")]), resolvers: resolvers)
        return Backend(
            engine: engine,
            stage: { $0 == "change" ? .first : .underWay },
            identify: { arrival in
                let key = arrival.credentials.apiKey
                if key == unluckyKey { throw BackendUnavailable("no database") }
                if key == brokenKey { throw Fault() }
                let owner = key.flatMap { $0.hasPrefix("key-of-") ? $0.dropFirst(7) : nil }
                let isGood =
                    owner != nil || key == goodKey
                    || (key == revocableKey && events.revocations.value == 0)
                return .init(
                    isKnown: isGood, hasBadCredential: key != nil && !isGood,
                    tenant: owner.map(String.init) ?? (isGood ? "tenant-1" : nil),
                    context: Context(tally: arrival.tally))
            },
            readiness: { mutations.value == 0 ? .ready : .unavailable(reason: "a \"reason\"") },
            clientKey: { id in
                switch id {
                case "known": #"{"key":{},"client":{}}"#
                case "unavailable": throw BackendUnavailable("no database")
                case "fault": throw Fault()
                default: nil
                }
            })
    }

    private struct Fault: Error {}
}

/// Holds back whoever comes until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var held: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// How many wait.
    var held: Int { state.withLock { $0.held.count } }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.held.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let held = state.withLock { state in
            state.isOpen = true
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }
}

final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func increment() { count.withLock { $0 += 1 } }
}

/// What was logged.
final class LogRecorder: Sendable {
    struct Entry: Sendable {
        var level: Logger.Level
        var message: String
        var fields: [String: String]
    }

    private let storage = Mutex<[Entry]>([])

    var entries: [Entry] { storage.withLock { $0 } }

    /// The lines about requests.
    var requests: [Entry] { entries.filter { $0.message == "request" } }

    func append(_ entry: Entry) { storage.withLock { $0.append(entry) } }
}

struct RecordingHandler: LogHandler {
    let recorder: LogRecorder
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
        recorder.append(
            .init(
                level: event.level, message: event.message.description,
                fields: fields.mapValues(\.description)))
    }
}
