import AsyncHTTPClient
import DequeModule
package import Logging
import Metrics
import NIOCore
import NIOHTTP1
import Synchronization

/// Sends spans to a collector in batches, by OTLP over HTTP with JSON.
///
/// Whoever ends a span only puts it into a queue. When that is full, or the collector does not take
/// a batch, spans are lost, which is counted.
package final class SpanExporter: Sendable {
    package struct Configuration: Sendable {
        /// Where spans are posted; `http` or `https`.
        package var url: String
        /// What the collector asks for, such as a key.
        package var headers: [(name: String, value: String)] = []
        /// What the spans are about: `service.name` and the like.
        package var resource: [(String, String)] = []
        /// How often spans are sent.
        package var pause = Duration.milliseconds(500)
        /// The most spans that wait.
        package var capacity = 16_384
        /// The most spans sent at once.
        package var batch = 1024
        /// How long the collector may take for one batch.
        package var timeout = Duration.seconds(10)
        /// How long what is left may take when the process ends.
        package var farewell = Duration.seconds(3)

        package init(url: String) { self.url = url }
    }

    private struct State {
        var spans = Deque<FinishedSpan>()
        var isStopping = false
        var task: Task<Void, Never>?
        /// Whether the last batch was not taken: of an outage one line is logged.
        var hasFailed = false
    }

    private let configuration: Configuration
    private let client: HTTPClient
    private let logger: Logger
    private let state = Mutex(State())
    private let exported = Counter(label: "hazina_trace_spans_exported_total")
    private let full = Counter(
        label: "hazina_trace_spans_dropped_total", dimensions: [("reason", "queue_full")])
    private let failed = Counter(
        label: "hazina_trace_spans_dropped_total", dimensions: [("reason", "export_failed")])

    package init(_ configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        var options = HTTPClient.Configuration(redirectConfiguration: .disallow)
        options.timeout.connect = .seconds(3)
        // Spans of sending spans would never end.
        options.tracing.tracer = nil
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options)
    }

    func add(_ span: FinishedSpan) {
        let isKept = state.withLock { state in
            guard state.spans.count < configuration.capacity else { return false }
            state.spans.append(span)
            return true
        }
        if !isKept { full.increment() }
    }

    /// Begins to send.
    package func start() {
        let task = Task { await self.run() }
        state.withLock { $0.task = task }
    }

    /// Sends what is left, within `farewell`, and ends.
    package func stop() async {
        let task = state.withLock { state in
            state.isStopping = true
            return state.task
        }
        let limit = Task { [farewell = configuration.farewell] in
            try await Task.sleep(for: farewell)
            task?.cancel()
        }
        await task?.value
        limit.cancel()
        try? await client.shutdown()
    }

    private func run() async {
        while !Task.isCancelled {
            let isLast = state.withLock { $0.isStopping }
            while !Task.isCancelled, let batch = takeBatch() { await send(batch) }
            if isLast { return }
            // Short steps, so that a stop is noticed.
            try? await Task.sleep(for: configuration.pause)
        }
        failed.increment(by: state.withLock { $0.spans.count })
    }

    private func takeBatch() -> [FinishedSpan]? {
        state.withLock { state in
            guard !state.spans.isEmpty else { return nil }
            let batch = Array(state.spans.prefix(configuration.batch))
            state.spans.removeFirst(batch.count)
            return batch
        }
    }

    private func send(_ spans: [FinishedSpan]) async {
        var request = HTTPClientRequest(url: configuration.url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "user-agent", value: "Hazina")
        for (name, value) in configuration.headers {
            request.headers.replaceOrAdd(name: name, value: value)
        }
        let body = OTLPBody(spans, resource: configuration.resource).text
        request.body = .bytes(ByteBuffer(string: body))
        var reason: String?
        do {
            let response = try await client.execute(
                request, timeout: TimeAmount(configuration.timeout))
            // Read, for the connection to be used again.
            _ = try? await response.body.collect(upTo: 65_536)
            if !(200...299).contains(response.status.code) {
                reason = "the collector answered \(response.status.code)"
            }
        } catch {
            // What the error says may repeat the URL.
            reason = "the collector did not answer (\(type(of: error)))"
        }
        note(reason, count: spans.count)
    }

    private func note(_ reason: String?, count: Int) {
        let isNew = state.withLock { state in
            defer { state.hasFailed = reason != nil }
            return reason != nil && !state.hasFailed
        }
        guard let reason else { return exported.increment(by: count) }
        failed.increment(by: count)
        if isNew { logger.warning("Spans are lost", metadata: ["reason": .string(reason)]) }
    }
}
