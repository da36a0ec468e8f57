import Foundation
import NIOCore
import Synchronization

/// A document, as it stands in the body of a request.
struct Document: Sendable, ExpressibleByStringLiteral {
    let json: String

    init(stringLiteral text: String) {
        json = text.replacing("\n", with: " ").replacing("\"", with: "\\\"")
    }
}

/// What a load of payments needs of the API.
struct Client: Sendable {
    private let connections: Connections
    private let head: String
    let slowest = Slowest()

    /// The server had no room, and said so.
    struct Refusal: Error {}

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter connections: how many there may be at once.
    init(url: String, apiKey: String, connections: Int) throws {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port
        else { throw Failure(description: "\(url) names no host and port") }
        self.connections = Connections(host: host, port: port, limit: connections)
        head = """
            POST \(parts.path) HTTP/1.1\r
            host: \(host):\(port)\r
            content-type: application/json\r
            x-api-key: \(apiKey)\r
            content-length:\u{20}
            """
    }

    /// Sends a document and gives the body of the answer.
    func send(_ document: Document, _ variables: [(String, String)]) async throws -> [UInt8] {
        let members = variables.map { name, value in "\"\(name)\":\"\(value)\"" }
        let body =
            "{\"query\":\"\(document.json)\",\"variables\":{\(members.joined(separator: ","))}}"
        let start = ContinuousClock.now
        let answer = try await connections.exchange(
            ByteBuffer(string: "\(head)\(body.utf8.count)\r\n\r\n\(body)"))
        if answer.status == 503 { throw Refusal() }
        slowest.note(start.duration(to: .now))
        let bytes = Array(answer.body.readableBytesView)
        guard answer.status == 200, bytes.firstPlace(of: Self.errors) == nil else {
            throw Failure(
                description: "\(answer.status): \(String(decoding: bytes, as: UTF8.self))")
        }
        return bytes
    }

    private static let errors = Array("\"errors\"".utf8)

    /// The text of the first member of this name.
    static func text(_ name: String, in answer: [UInt8]) throws -> String {
        let label = Array("\"\(name)\":\"".utf8)
        guard let place = answer.firstPlace(of: label) else {
            let text = String(decoding: answer, as: UTF8.self)
            throw Failure(description: "no \(name) in \(text)")
        }
        let value = answer[(place + label.count)...].prefix { $0 != UInt8(ascii: "\"") }
        return String(decoding: value, as: UTF8.self)
    }
}

/// How long the slowest request took that was not refused.
final class Slowest: Sendable {
    private let longest = Mutex(Duration.zero)

    var duration: Duration { longest.withLock { $0 } }

    func note(_ duration: Duration) { longest.withLock { $0 = max($0, duration) } }
}
