import Metrics
import Testing

@testable import Telemetry

@Suite struct MetricsRegistryTests {
    private let registry = MetricsRegistry([
        MetricDefinition("orders_total", .counter, labels: ["kind"], limit: 2, "Orders."),
        MetricDefinition("queue", .gauge, "Waiting."),
        MetricDefinition(
            "duration_seconds", .histogram(bounds: [0.01, 0.1, 1]), labels: ["of"], "Time."),
        MetricDefinition("size", .histogram(bounds: [1, 10]), "Size."),
    ])

    /// The lines of one metric, comments left out.
    private func lines(_ name: String, _ samples: [MetricSample] = []) -> [String] {
        registry.render(adding: samples).split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix(name) }
    }

    @Test func `a counter adds up, for each of its labels`() {
        let big = Counter(label: "orders_total", dimensions: [("kind", "big")], factory: registry)
        let small = Counter(
            label: "orders_total", dimensions: [("kind", "small")], factory: registry)
        big.increment(by: 41)
        big.increment()
        small.increment()
        let again = Counter(label: "orders_total", dimensions: [("kind", "big")], factory: registry)
        again.increment()
        #expect(
            lines("orders_total") == [
                #"orders_total{kind="big"} 43"#, #"orders_total{kind="small"} 1"#,
            ])
    }

    @Test func `a timer is a histogram in seconds, whose buckets count all that is smaller`() {
        let timer = Timer(label: "duration_seconds", dimensions: [("of", "x")], factory: registry)
        for milliseconds in [1, 10, 50, 2000] { timer.recordMilliseconds(milliseconds) }
        #expect(
            lines("duration_seconds") == [
                #"duration_seconds_bucket{of="x",le="0.01"} 2"#,
                #"duration_seconds_bucket{of="x",le="0.1"} 3"#,
                #"duration_seconds_bucket{of="x",le="1"} 3"#,
                #"duration_seconds_bucket{of="x",le="+Inf"} 4"#,
                #"duration_seconds_sum{of="x"} 2.061"#,
                #"duration_seconds_count{of="x"} 4"#,
            ])
    }

    @Test func `a recorder is a histogram of what it is given`() {
        let recorder = Recorder(label: "size", factory: registry)
        for value in [1, 2, 100] { recorder.record(value) }
        #expect(
            lines("size") == [
                #"size_bucket{le="1"} 1"#, #"size_bucket{le="10"} 2"#,
                #"size_bucket{le="+Inf"} 3"#, "size_sum 103", "size_count 3",
            ])
    }

    @Test func `a meter goes up and down, and is what it was set to`() {
        let meter = Meter(label: "queue", factory: registry)
        meter.increment(by: 3)
        meter.decrement()
        #expect(lines("queue") == ["queue 2"])
        meter.set(7.5)
        #expect(lines("queue") == ["queue 7.5"])
    }

    @Test func `every metric has its help and type, whether or not it has a value`() {
        let text = registry.render()
        #expect(text.contains("# HELP orders_total Orders.\n# TYPE orders_total counter\n"))
        #expect(text.contains("# TYPE queue gauge\n"))
        #expect(text.contains("# TYPE size histogram\n"))
        #expect(text.hasSuffix("\n"))
    }

    @Test func `what a label holds cannot be taken for something else`() {
        Counter(
            label: "orders_total", dimensions: [("kind", "a\"b\\c\nd")], factory: registry
        ).increment()
        #expect(lines("orders_total") == [#"orders_total{kind="a\"b\\c\nd"} 1"#])
    }

    @Test func `combinations of labels beyond the limit are dropped, and counted`() {
        for kind in ["a", "b", "c", "d", "c"] {
            Counter(label: "orders_total", dimensions: [("kind", kind)], factory: registry)
                .increment()
        }
        #expect(
            lines("orders_total") == [#"orders_total{kind="a"} 1"#, #"orders_total{kind="b"} 1"#])
        #expect(
            lines("hazina_metrics_dropped_label_sets_total")
                == ["hazina_metrics_dropped_label_sets_total 3"])
    }

    @Test func `metrics that are not defined, or have other labels, are not kept`() {
        Counter(label: "others_total", factory: registry).increment()
        Counter(label: "orders_total", factory: registry).increment()
        Counter(label: "queue", factory: registry).increment()
        Timer(label: "orders_total", dimensions: [("kind", "a")], factory: registry)
            .recordSeconds(1)
        let text = registry.render()
        #expect(!text.contains("others_total"))
        #expect(!text.contains("orders_total{kind=\"b\"}"))
        #expect(lines("queue").isEmpty)
    }

    @Test func `values read at the moment stand beside those that are kept`() {
        let samples = [
            MetricSample("queue", 12), MetricSample("orders_total", 5, ("kind", "now")),
            MetricSample("unknown", 1),
        ]
        #expect(lines("queue", samples) == ["queue 12"])
        #expect(lines("orders_total", samples) == [#"orders_total{kind="now"} 5"#])
        #expect(lines("unknown", samples).isEmpty)
    }

    @Test func `nothing is lost when many tasks count at once`() async {
        let counter = Counter(
            label: "orders_total", dimensions: [("kind", "a")], factory: registry)
        let meter = Meter(label: "queue", factory: registry)
        let timer = Timer(label: "duration_seconds", dimensions: [("of", "x")], factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.increment()
                        meter.increment()
                        timer.recordSeconds(1)
                    }
                }
            }
        }
        #expect(lines("orders_total") == [#"orders_total{kind="a"} 8000"#])
        #expect(lines("queue") == ["queue 8000"])
        #expect(lines("duration_seconds_sum") == [#"duration_seconds_sum{of="x"} 8000"#])
        #expect(lines("duration_seconds_count") == [#"duration_seconds_count{of="x"} 8000"#])
    }

    @Test func `a process knows its memory, processor time and age`() throws {
        let samples = ProcessMetrics(version: "1.2.3").samples()
        let values = Dictionary(samples.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        #expect(try #require(values["process_open_fds"]) > 2)
        #expect(try #require(values["process_start_time_seconds"]) > 1_600_000_000)
        #expect(
            samples.contains { $0.name == "hazina_build_info" && $0.labels[0].value == "1.2.3" })
    }
}
