import App
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// A listener of its own for `/metrics`, apart from the API's.
package struct MetricsServer: Service {
    private let host: String
    private let port: Int
    private let endpoint: MetricsEndpoint
    private let onListening: @Sendable (Int) async -> Void

    private static let maxConnections = 32
    private static let idleSeconds: Int64 = 60

    /// - Parameters:
    ///   - port: 0 picks a free one.
    ///   - onListening: called once with the port.
    package init(
        host: String, port: Int, endpoint: MetricsEndpoint,
        onListening: @escaping @Sendable (Int) async -> Void
    ) {
        self.host = host
        self.port = port
        self.endpoint = endpoint
        self.onListening = onListening
    }

    /// Serves until a graceful shutdown or cancellation.
    /// - Throws: `ListenError` when the address cannot be listened on.
    package func run() async throws {
        let quietLogger = Logger(label: "hazina") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            responder: Responder(endpoint: endpoint),
            server: .http1(configuration: .init(idleTimeout: .seconds(Self.idleSeconds))),
            configuration: .init(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: .maximum(Self.maxConnections, logger: quietLogger)),
            onServerRunning: { [port, onListening] channel in
                await onListening(channel.localAddress?.port ?? port)
            },
            logger: quietLogger)
        do {
            try await application.run()
        } catch let error as IOError {
            throw ListenError(host: host, port: port, errnoCode: error.errnoCode)
        } catch let error as SocketAddressError {
            throw ListenError(host: host, port: port, reason: "\(error)")
        }
    }

    private struct Responder: ServerResponder {
        typealias Context = ConnectionContext

        let endpoint: MetricsEndpoint

        func respond(
            to request: ServerRequest, context: ConnectionContext
        ) async throws -> ServerResponse {
            let peer = context.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
            var answer =
                request.uri.path == MetricsEndpoint.path
                ? await endpoint.answer(request, from: peer)
                : .refusal(.notFound, .notFound, "There is nothing at this path but /metrics")
            if let accepted = request.headers[.acceptEncoding] {
                answer = answer.compressed(for: AcceptedCodings(accepted))
            }
            var headers = answer.headers
            headers[.contentType] = answer.contentType
            headers[.contentLength] = String(answer.body.count)
            headers[.xContentTypeOptions] = "nosniff"
            headers[.cacheControl] = "no-store"
            let body =
                request.method == .head
                ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body))
            return ServerResponse(status: answer.status, headers: headers, body: body)
        }
    }
}
