import App
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization
import Telemetry
import Tracing

/// What the server knows of a connection when a request comes in on it.
struct ConnectionContext: InitializableFromSource, Sendable {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }
}

/// True from the moment the server was told to stop.
final class StoppingFlag: Sendable {
    private let value = Atomic(false)

    func set() { value.store(true, ordering: .releasing) }

    var isSet: Bool { value.load(ordering: .acquiring) }
}

/// The way in: finds the route, and gives every answer its request id, its security headers and its
/// line in the log.
struct Gateway<Context: Sendable>: ServerResponder {
    typealias RouteContext = Context
    typealias Context = ConnectionContext

    let graphQL: GraphQLRoute<RouteContext>
    let health: HealthRoutes
    let clientKeys: ClientKeyRoute
    let clientAddress: ClientAddress
    /// Nil where there is nothing to be seen, or it is shown elsewhere.
    let metricsEndpoint: MetricsEndpoint?
    let metrics: RequestMetrics
    /// Nil where nobody traces.
    let tracing: RequestTracing?
    let stopping: StoppingFlag
    /// Answers are compressed for clients that accept it.
    let compresses: Bool
    let security: SecurityHeaders
    let cors: CORSPolicy
    let logger: Logger
    let log: any RequestLog

    /// As many as an answer of the API has, with some to spare for a browser's.
    private static var usualFields: Int { 12 }

    /// How long a connection stays after an answer that ends it, so that the client can read the
    /// answer before its own bytes run into a closed socket.
    private let lingering = TimeAmount.seconds(1)

    // The library calls this through a table; from here on everything is the application's.
    @specialized(where RouteContext == AppContext)
    func respond(to request: Request, context: ConnectionContext) async throws -> Response {
        metrics.began()
        defer { metrics.ended() }
        guard let tracing, !MetricsEndpoint.quietPaths.contains(request.uri.path) else {
            return try await response(to: request, context, in: nil)
        }
        return try await tracing.request(request) { span in
            try await response(to: request, context, in: span)
        }
    }

    private func response(
        to request: Request, _ context: ConnectionContext, in span: (any Span)?
    ) async throws -> Response {
        let peer = context.channel.remoteAddress.flatMap { IPAddress($0) }
        let trace = span?.context.trace.flatMap { $0.isSampled ? $0.traceID : nil }
        var exchange = Exchange(
            id: RequestID.choose(header: request.headers.value(of: .requestID)),
            client: clientAddress.resolve(
                peer: peer, forwardedFor: request.headers.value(of: .forwardedFor)),
            method: request.method, path: request.uri.path, trace: trace, logger: logger)
        let answer = try await answer(request, from: peer, on: context.channel, &exchange)
        let elapsed = exchange.elapsed
        metrics.count(exchange, status: answer.status.code, elapsed: elapsed)
        exchange.log(
            to: log, status: answer.status.code, elapsed: elapsed,
            isQuiet: MetricsEndpoint.quietPaths.contains(exchange.path))
        if let span { exchange.describe(in: span, status: answer.status.code) }
        return response(for: answer, to: request, exchange, on: context.channel)
    }

    private func answer(
        _ request: Request, from peer: IPAddress?, on channel: any Channel,
        _ exchange: inout Exchange
    ) async throws -> Answer {
        if let problem = hostProblem(request, exchange.path) {
            return Answer.refusal(.badRequest, .badRequest, problem).closingConnection()
        }
        if let answer = cors.answer(preflight: request.head) { return answer }
        return switch exchange.path {
        case GraphQLRoute<RouteContext>.path:
            try await graphQL.answer(request, on: channel, &exchange)
        case "/healthz", "/readyz":
            await health.answer(request.method, path: exchange.path)
        case let path where path.hasPrefix(ClientKeyRoute.prefix):
            await clientKeys.answer(request.method, path: path, exchange)
        case MetricsEndpoint.path where metricsEndpoint != nil:
            await metricsEndpoint?.answer(request, from: peer) ?? Self.nothingThere
        default: Self.nothingThere
        }
    }

    private static var nothingThere: Answer {
        .refusal(.notFound, .notFound, "There is nothing at this path; the API is at /graphql")
    }

    /// RFC 9112, section 3.2: a request without a host, or with two, can mean another one to a
    /// proxy than it does here. Health checks of HTTP/1.0 name none.
    private func hostProblem(_ request: Request, _ path: String) -> String? {
        // The first Host header is taken out of the others.
        if request.headers.contains(.host) { return "The request has more than one Host header" }
        if request.head.authority == nil, !HealthRoutes.paths.contains(path) {
            return "The request has no Host header"
        }
        return nil
    }

    private func response(
        for answer: Answer, to request: Request, _ exchange: Exchange, on channel: any Channel
    ) -> Response {
        var answer = answer
        if let accepted = request.headers.value(of: .acceptEncoding), compresses {
            answer = answer.compressed(for: AcceptedCodings(accepted))
        }
        var headers = answer.headers
        headers.reserveCapacity(headers.count + Self.usualFields)
        headers.append(HTTPField(name: .requestID, value: exchange.id))
        if let contentType = answer.contentType {
            headers.append(HTTPField(name: .contentType, value: contentType))
        }
        // RFC 9110, section 8.6: 204 has neither a body nor a length.
        if answer.stream == nil, answer.status != .noContent {
            headers.append(HTTPField(name: .contentLength, value: String(answer.body.count)))
        }
        security.add(to: &headers)
        if exchange.path == GraphQLRoute<RouteContext>.path {
            headers.append(HTTPField(name: .vary, value: "Accept, Accept-Encoding"))
        }
        cors.add(to: &headers, for: request.headers)
        if answer.closesConnection || stopping.isSet { headers[.connection] = "close" }
        if let stream = answer.stream {
            let body = ResponseBody { writer in try await stream(&writer, channel) }
            return Response(status: answer.status, headers: headers, body: body)
        }
        let buffer = ByteBuffer(bytes: answer.body)
        let body: ResponseBody =
            if answer.closesConnection {
                closingBody(buffer, channel)
            } else if request.method == .head {
                ResponseBody()
            } else {
                ResponseBody(byteBuffer: buffer)
            }
        return Response(status: answer.status, headers: headers, body: body)
    }

    /// A body after which the connection is closed, at first for writing only: whatever the client
    /// is still sending is read and dropped for a moment.
    private func closingBody(_ buffer: ByteBuffer, _ channel: any Channel) -> ResponseBody {
        ResponseBody(contentLength: buffer.readableBytes) { [lingering] writer in
            try await writer.write(buffer)
            try await writer.finish(nil)
            channel.close(mode: .output, promise: nil)
            channel.eventLoop.scheduleTask(in: lingering) { channel.close(promise: nil) }
        }
    }
}
