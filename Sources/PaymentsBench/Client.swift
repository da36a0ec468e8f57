import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

/// What a load of payments needs of the API.
struct Client: Sendable {
    let http: HTTPClient
    let url: String
    let apiKey: String
    let slowest = Slowest()

    /// The server had no room, and said so.
    struct Refusal: Error {}

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Sends a document and gives the body of the answer.
    func send(_ document: String, _ variables: [(String, String)]) async throws -> String {
        let members = variables.map { name, value in "\"\(name)\":\"\(value)\"" }
        let text = document.replacing("\n", with: " ").replacing("\"", with: "\\\"")
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "x-api-key", value: apiKey)
        request.body = .bytes(
            ByteBuffer(
                string: "{\"query\":\"\(text)\",\"variables\":{\(members.joined(separator: ","))}}")
        )
        let start = ContinuousClock.now
        let response = try await http.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 1 << 20)
        let answer = String(buffer: body)
        if response.status == .serviceUnavailable { throw Refusal() }
        slowest.note(start.duration(to: .now))
        guard response.status == .ok, !answer.contains("\"errors\"") else {
            throw Failure(description: "\(response.status): \(answer)")
        }
        return answer
    }

    /// The text of the first member of this name.
    static func text(_ name: String, in answer: String) throws -> String {
        guard let start = answer.range(of: "\"\(name)\":\"")?.upperBound,
            let end = answer[start...].firstIndex(of: "\"")
        else { throw Failure(description: "no \(name) in \(answer)") }
        return String(answer[start..<end])
    }
}

/// How long the slowest request took that was not refused.
final class Slowest: Sendable {
    private let longest = Mutex(Duration.zero)

    var duration: Duration { longest.withLock { $0 } }

    func note(_ duration: Duration) { longest.withLock { $0 = max($0, duration) } }
}
