import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport

/// Where clients find the server just now.
final class Address: Sendable {
    private let port: Mutex<Int>

    init(port: Int) {
        self.port = Mutex(port)
    }

    func set(_ port: Int) { self.port.withLock { $0 = port } }

    var url: String { "http://127.0.0.1:\(port.withLock { $0 })/graphql" }
}

/// The server's API over HTTP, as clients use it.
struct API: Sendable {
    /// What a client knows after sending a mutation.
    enum Answer: Sendable {
        /// The mutation's own `code` and the whole of its answer.
        case answered(code: String, JSON)
        /// The server says that it did nothing, and that trying again may help.
        case unavailable
        /// Nobody can say whether it was done.
        case unknown(String)
    }

    let client: HTTPClient
    let address: Address

    /// Sends a mutation of one field, which must be aliased `answer`.
    func send(
        _ document: String, _ variables: JSON, apiKey: String, idempotencyKey: String? = nil
    ) async -> Answer {
        do {
            let (status, json) = try await post(document, variables, apiKey, idempotencyKey)
            return Self.answer(status: status, json)
        } catch {
            return .unknown("\(error)")
        }
    }

    /// Sends a query of one field, which must be aliased `answer`.
    /// - Returns: null if there is no answer.
    func query(_ document: String, _ variables: JSON, apiKey: String) async -> JSON {
        (try? await post(document, variables, apiKey, nil))?.1.data.answer ?? .null
    }

    private func post(
        _ document: String, _ variables: JSON, _ apiKey: String, _ idempotencyKey: String?
    ) async throws -> (Int, JSON) {
        var request = HTTPClientRequest(url: address.url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "x-api-key", value: apiKey)
        if let idempotencyKey {
            request.headers.add(name: "idempotency-key", value: idempotencyKey)
        }
        let body = JSON.object(["query": .string(document), "variables": variables])
        request.body = .bytes(ByteBuffer(bytes: try body.bytes))
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 1 << 20)
        let status = Int(response.status.code)
        do {
            return (status, try JSON(bytes: Array(bytes.readableBytesView)))
        } catch {
            throw TortureError("HTTP status \(status) without a JSON body")
        }
    }

    private static func answer(status: Int, _ json: JSON) -> Answer {
        if let code = json.data.answer.code.text {
            switch code {
            case "503": return .unavailable
            case "500": return .unknown(json.data.answer.message.text ?? "500")
            default: return .answered(code: code, json.data.answer)
            }
        }
        // Refused before it was executed.
        if status == 503 { return .unavailable }
        return .unknown("HTTP status \(status): \(json.errors[0].message.text ?? "")")
    }

    /// What a server says of itself; false also if it says nothing for two seconds.
    func isReady(port: Int) async -> Bool {
        let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/readyz")
        let response = try? await client.execute(request, timeout: .seconds(2))
        return response?.status == .ok
    }

    /// Sends a mutation that must succeed, for as long as the server is not there yet.
    func require(_ document: String, _ variables: JSON, apiKey: String) async throws -> JSON {
        let end = ContinuousClock.now.advanced(by: .seconds(60))
        var last = "no answer"
        while ContinuousClock.now < end {
            switch await send(document, variables, apiKey: apiKey) {
            case .answered(code: "200", let json): return json
            case .answered(let code, let json):
                throw TortureError("\(code): \(json.message.text ?? "")")
            case .unavailable: last = "unavailable"
            case .unknown(let reason): last = reason
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw TortureError("the server does not answer: \(last)")
    }
}
