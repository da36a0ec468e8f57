import App
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// A receiver of webhook events, for developers: checks each and tells of it.
package struct WebhookReceiver: Sendable {
    /// A request that came.
    package struct Event: Sendable {
        let time: Date
        let method: String
        /// What is wrong with it; nil if nothing is.
        let fault: String?
        let body: String
        let tenant: String?

        /// What a person reads, without control characters.
        package var line: String {
            let stamp = time.formatted(.iso8601)
            let verdict = fault.map { "REFUSED (\($0))" } ?? "ok"
            let owner = tenant.map { " tenant=\($0)" } ?? ""
            let text = "\(stamp) \(verdict)\(owner) \(body.isEmpty ? method : body)"
            return String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map {
                        $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
                    }))
        }
    }

    private static let maximumBytes = 1_048_576

    private let host: String
    private let port: Int
    private let secret: String
    private let status: Int
    private let delay: Duration
    private let onEvent: @Sendable (Event) -> Void
    private let onListening: @Sendable (Int) -> Void

    /// - Parameters:
    ///   - port: 0 picks a free one.
    ///   - status: what events with a right signature are answered with, after `delay`.
    ///   - onEvent: called with each request before it is answered.
    ///   - onListening: called once with the port.
    package init(
        host: String, port: Int, secret: String, status: Int = 200, delay: Duration = .zero,
        onEvent: @escaping @Sendable (Event) -> Void,
        onListening: @escaping @Sendable (Int) -> Void
    ) {
        self.host = host
        self.port = port
        self.secret = secret
        self.status = status
        self.delay = delay
        self.onEvent = onEvent
        self.onListening = onListening
    }

    /// Listens until a graceful shutdown or cancellation.
    /// - Throws: `ListenError` when the address cannot be listened on.
    package func run() async throws {
        let application = Application(
            responder: CallbackResponder { (request: ServerRequest, _: BasicRequestContext) in
                try await respond(to: request)
            },
            configuration: .init(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                onListening(channel.localAddress?.port ?? port)
            },
            logger: Logger(label: "hazina") { _ in SwiftLogNoOpLogHandler() })
        do {
            try await application.run()
        } catch let error as IOError {
            throw ListenError(host: host, port: port, errnoCode: error.errnoCode)
        } catch let error as SocketAddressError {
            throw ListenError(host: host, port: port, reason: "\(error)")
        }
    }

    private func respond(
        to request: ServerRequest
    ) async throws -> ServerResponse {
        let buffer = try await request.body.collect(upTo: Self.maximumBytes)
        let body = String(buffer: buffer)
        let now = Date()
        let fault = Self.fault(in: request, body: body, secret: secret, now: now)
        onEvent(
            Event(
                time: now, method: request.method.rawValue, fault: fault, body: body,
                tenant: HTTPField.Name("Hazina-Tenant-Id").flatMap { request.headers[$0] }))
        if delay > .zero { try await Task.sleep(for: delay) }
        return .init(status: fault == nil ? .init(code: status) : .unauthorized)
    }

    /// Both headers must be there and right.
    private static func fault(
        in request: ServerRequest, body: String, secret: String, now: Date
    ) -> String? {
        guard request.method == .post else { return "not posted" }
        for name in WebhookSignature.headers {
            guard let header = HTTPField.Name(name).flatMap({ request.headers[$0] }) else {
                return "no \(name)"
            }
            let fault = WebhookSignature.fault(
                in: header, body: body, secret: secret, now: Int(now.timeIntervalSince1970))
            switch fault {
            case nil: continue
            case .malformed: return "malformed \(name)"
            case .wrong: return "wrong \(name)"
            case .tooOld(let seconds): return "\(name) is \(seconds) s old"
            }
        }
        return nil
    }
}
