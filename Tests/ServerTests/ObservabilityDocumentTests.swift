import Foundation
import Telemetry
import Testing

@testable import Server

/// The metrics that documents, dashboard and alerts name are those that there are.
@Suite struct ObservabilityDocumentTests {
    private static let root = URL(filePath: #filePath, directoryHint: .notDirectory)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    }

    /// Names of metrics in a text; those of a histogram's series as the histogram's.
    private func metrics(in text: String) -> Set<String> {
        let histograms = Set(
            MetricDefinition.all.filter { if case .histogram = $0.kind { true } else { false } }
                .map(\.name))
        return Set(
            text.matches(of: /\b(hazina|process)_[a-z0-9_]+/).map { match in
                let name = String(match.0)
                for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
                    let family = String(name.dropLast(suffix.count))
                    if histograms.contains(family) { return family }
                }
                return name
            })
    }

    /// What a running server shows: the names after `# TYPE`.
    private func shown(on page: String) -> Set<String> {
        Set(page.matches(of: /TYPE ([a-z0-9_]+) (counter|gauge|histogram)/).map { String($0.1) })
    }

    @Test(.enabled(if: clusterURL != nil, "needs HAZINA_TEST_DATABASE_URL"))
    func `dashboard, alerts and reference name what a running server shows`() async throws {
        try await CommandDatabase.with { database in
            _ = try await HazinaProcess.run("migrate", environment: database.environment)
            let server = try HazinaProcess(["serve"], database.environment)
            let port = try #require(try await server.port())
            let page = try await OneRequest.send("GET", "/metrics", port: port)
            server.stop()
            #expect(await server.end().status == 0)

            let shown = shown(on: page)
            #expect(shown.count > 25)
            for file in ["docker/grafana/hazina.json", "docker/alerts.yml"] {
                // The value of a label, and a rule's job.
                let named = metrics(in: try text(file))
                #expect(named.count > 5)
                #expect(named.isSubset(of: shown), "\(file): \(named.subtracting(shown))")
            }
            let reference = try text("docs/observability.md")
            let documented = Set(
                reference.matches(of: /\n\| `((?:hazina|process)_[a-z0-9_]+)` \|/)
                    .map { String($0.1) })
            #expect(documented == shown, "\(documented.symmetricDifference(shown))")
            // Every line is a comment, or a name with labels and a number.
            let body = try #require(page.firstRange(of: "\r\n\r\n")).upperBound
            let sample = /[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? (NaN|[+-]Inf|-?[0-9.e+-]+)/
            for line in page[body...].split(separator: "\n") where !line.hasPrefix("# ") {
                #expect(line.wholeMatch(of: sample) != nil, "\(line)")
            }
        }
    }

    @Test func `the dashboard is what Grafana imports`() throws {
        let data = try Data(
            contentsOf: Self.root.appending(path: "docker/grafana/hazina.json"))
        let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let panels = try #require(json["panels"] as? [[String: Any]])
        #expect(panels.count > 20)
        for panel in panels where panel["type"] as? String != "row" {
            let targets = try #require(panel["targets"] as? [[String: Any]])
            #expect(targets.allSatisfy { ($0["expr"] as? String)?.isEmpty == false })
        }
        #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    }

    @Test func `every span and field of the log line is in the reference`() throws {
        let reference = try text("docs/observability.md")
        let files = [
            "Sources/HTTP/Tracing/RequestTracing.swift", "Sources/HTTP/Logging/RequestLine.swift",
            "Sources/App/Webhooks/WebhookDelivery.swift", "Sources/App/Payments/PaymentWork.swift",
            "Sources/Ledger/BatchTracing.swift", "Sources/Postgres/StatementSpans.swift",
        ]
        var names: Set<String> = []
        for file in files {
            let source = try text(file)
            for match in source.matches(of: /"((?:hazina|http|db)\.[a-z_.]+)"/) {
                names.insert(String(match.1))
            }
            for match in source.matches(of: /metadata(?:Key: |\[)"([a-zA-Z]+)"/) {
                names.insert(String(match.1))
            }
            for match in source.matches(of: /body\("([a-zA-Z]+)", \./) {
                names.insert(String(match.1))
            }
            for match in source.matches(of: /^ +"([a-zA-Z]+)": \./.anchorsMatchLineEndings()) {
                names.insert(String(match.1))
            }
        }
        #expect(names.count > 15)
        for name in names {
            #expect(reference.contains("`\(name)`"), "\(name)")
        }
    }
}
