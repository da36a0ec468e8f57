import Foundation
import Logging
import Synchronization
import Testing

@testable import Server

@Suite struct LogLineTests {
    private func line(
        _ message: String, _ fields: Logger.Metadata = [:], level: Logger.Level = .info
    ) -> LogLine {
        LogLine(
            time: Date(timeIntervalSince1970: 1_700_000_000.25), level: level, label: "hazina",
            message: message, fields: fields)
    }

    private static let hostile = [
        "a\nlevel=error forged", "a\r\n{\"level\":\"error\"}", "\u{1b}[31mred", "tab\there",
        "quote\" \\ back", "\u{2028}\u{2029}\u{85}\u{0}\u{7f}", "\u{202e}reversed", "", " ",
        "name=value", "emoji 🦒 ü", "\u{e0001}tag",
    ]

    @Test func `a JSON line has its parts by name`() {
        let entry = line(
            "listening", ["port": .stringConvertible(4000), "ok": .stringConvertible(true)])
        let own = #""ts":"2023-11-14T22:13:20.250Z","level":"info","message":"listening""#
        #expect(entry.json == "{\(own),\"label\":\"hazina\",\"ok\":true,\"port\":4000}")
    }

    @Test func `a text line is readable`() {
        let text = line(
            "request", ["path": "/graphql", "status": .stringConvertible(200), "x": "a b"]
        )
        .text
        #expect(
            text == #"2023-11-14T22:13:20.250Z info     request path=/graphql status=200 x="a b""#)
    }

    @Test(arguments: hostile)
    func `no value can forge a line`(value: String) throws {
        let entry = line(value, ["field": .string(value), "nested": ["k": [.string(value)]]])
        for text in [entry.json, entry.text] {
            #expect(
                text.unicodeScalars.allSatisfy { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .lineSeparator, .paragraphSeparator, .format: false
                    default: true
                    }
                })
        }
        let parsed = try JSONSerialization.jsonObject(with: Data(entry.json.utf8))
        let object = try #require(parsed as? [String: Any])
        #expect(object["message"] as? String == value)
        #expect(object["field"] as? String == value)
        #expect(object["level"] as? String == "info")
    }

    @Test func `metadata cannot replace an entry's own parts`() throws {
        let text = line("m", ["level": "error", "ts": "never"]).json
        let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let object = try #require(parsed as? [String: Any])
        #expect(object["level"] as? String == "info")
        #expect(object["field.level"] as? String == "error")
    }

    @Test func `the handler writes one line an entry, with the logger's metadata`() {
        let sink = LineSink()
        var logger = Logger(label: "hazina") { label in
            LineLogHandler(label: label, format: .json, logLevel: .info) { line, _ in
                sink.append(line)
            }
        }
        logger[metadataKey: "requestId"] = "r-1"
        logger[metadataKey: "hb.request.id"] = "the library's own"
        logger.debug("hidden")
        logger.info("shown", metadata: ["n": .stringConvertible(1)])
        #expect(sink.lines.count == 1)
        #expect(sink.lines.first?.contains(#""requestId":"r-1""#) == true)
        #expect(sink.lines.first?.contains(#""n":1"#) == true)
        #expect(sink.lines.first?.contains("hb.request.id") == false)
    }

    private final class LineSink: Sendable {
        private let storage = Mutex<[String]>([])

        var lines: [String] { storage.withLock { $0 } }

        func append(_ line: String) { storage.withLock { $0.append(line) } }
    }
}

@Suite struct LogWriterTests {
    /// What has been written to a pipe so far.
    private func withPipe(_ body: (LogWriter, () -> String) async throws -> Void) async throws {
        let pipe = Pipe()
        let writer = LogWriter(file: pipe.fileHandleForWriting.fileDescriptor)
        try await body(writer) {
            String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
        }
        try pipe.fileHandleForWriting.close()
        try pipe.fileHandleForReading.close()
    }

    @Test func `lines come in their order, an urgent one at once with all before it`() async throws
    {
        try await withPipe { writer, read in
            writer.write("one", isUrgent: false)
            writer.write("two", isUrgent: true)
            #expect(read() == "one\ntwo\n")
        }
    }

    @Test func `a line that is not urgent is written soon, without another one`() async throws {
        try await withPipe { writer, read in
            writer.write("alone", isUrgent: false)
            // Reading waits until something is there.
            #expect(read() == "alone\n")
        }
    }

    @Test func `what waits at the end is written by a flush`() async throws {
        try await withPipe { writer, read in
            for number in 0..<100 { writer.write("\(number)", isUrgent: false) }
            writer.flush()
            #expect(read() == (0..<100).map { "\($0)\n" }.joined())
        }
    }
}
