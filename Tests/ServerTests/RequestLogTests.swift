import App
import Foundation
import HTTPTypes
import Logging
import Synchronization
import Testing

@testable import HTTP
@testable import Server

@Suite struct RequestLogTests {
    private func line(
        path: String = "/graphql", trace: String? = nil, status: Int = 200,
        elapsed: Duration = .microseconds(1234), _ change: (inout Exchange) -> Void = { _ in }
    ) -> RequestLine {
        var exchange = Exchange(
            id: "r-1", client: IPAddress("192.0.2.7"), method: .post, path: path, trace: trace,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        change(&exchange)
        return RequestLine(level: .info, exchange: exchange, status: status, elapsed: elapsed)
    }

    /// The same line by way of a logger, without its time.
    private func viaLogger(_ line: RequestLine) throws -> String {
        let written = Mutex<[String]>([])
        let logger = Logger(label: "hazina") { label in
            LineLogHandler(label: label, format: .json, logLevel: .info) { line, _ in
                written.withLock { $0.append(line) }
            }
        }
        LoggerRequestLog(logger: logger).write(line)
        return Self.timeless(try #require(written.withLock { $0.first }))
    }

    private func direct(_ line: RequestLine) -> String {
        let log = JSONRequestLog(label: "hazina", level: .info)
        return Self.timeless(String(decoding: log.bytes(of: line, at: Date()), as: UTF8.self))
    }

    private static func timeless(_ line: String) -> String {
        line.replacing(/"ts":"[^"]*"/, with: "", maxReplacements: 1)
    }

    private static let hostile = "a\"b\\\n{}\u{2028}\u{1b}[31m🦒\u{202e}"

    @Test func `both ways give the same line`() throws {
        let lines = [
            line(), line(status: 503), line(path: "/healthz"),
            line(path: String(repeating: Self.hostile, count: 40)),
            line(trace: "0af7651916cd43dd8448eb211c80319c") {
                $0.operationKind = "mutation"
                $0.operationName = Self.hostile
                $0.tenant = "t"
                $0.hasBadKey = true
                $0.operation = "createAsset"
            },
        ]
        for line in lines { #expect(direct(line) == (try viaLogger(line))) }
        let whole = direct(lines[4])
        let object = try JSONSerialization.jsonObject(with: Data("{\(whole.dropFirst(2))".utf8))
        let parts = try #require(object as? [String: Any])
        #expect(parts["operationName"] as? String == Self.hostile)
        #expect(parts["durationMs"] as? Double == 1.234)
        #expect(parts["client"] as? String == "192.0.2.7")
    }

    @Test(arguments: [0, 1, 9, 10, 100, 999, 1000, 1001, 1010, 1100, 12_345, 600_000_000])
    func `durations are told as before`(microseconds: Int) throws {
        let line = line(elapsed: .microseconds(microseconds))
        #expect(direct(line) == (try viaLogger(line)))
    }
}
