import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTP server of a test, on a port of its own on 127.0.0.1, that answers as it is told. With a
/// certificate it speaks TLS.
package final class TestReceiver: Sendable {
    package struct Request: Sendable {
        package let method: String
        package let path: String
        /// By name in lower case.
        package let headers: [String: String]
        package let body: String
        package let arrival: ContinuousClock.Instant
    }

    package struct Answer: Sendable {
        package var status: Int
        package var headers: [(String, String)]
        package var body: String
        package var delay: Duration

        package init(
            _ status: Int, headers: [(String, String)] = [], body: String = "",
            after delay: Duration = .zero
        ) {
            self.status = status
            self.headers = headers
            self.body = body
            self.delay = delay
        }
    }

    private struct State {
        var requests: [Request] = []
        var inFlight = 0
        var mostInFlight = 0
        var answer: @Sendable (Request) -> Answer
    }

    private let state: Mutex<State>
    private let channel: any Channel
    private let isSecure: Bool
    package let port: Int

    package var url: String { "\(isSecure ? "https" : "http")://127.0.0.1:\(port)/events" }
    package var requests: [Request] { state.withLock { $0.requests } }
    /// How many requests were being answered at the same time at most.
    package var mostInFlight: Int { state.withLock { $0.mostInFlight } }

    /// Runs `body` with a receiver.
    package static func with<Result: Sendable>(
        certificate: TestCertificate? = nil,
        _ answer: @escaping @Sendable (Request) -> Answer = { _ in Answer(200) },
        _ body: (TestReceiver) async throws -> Result
    ) async throws -> Result {
        let receiver = try await TestReceiver(certificate: certificate, answer)
        do {
            let result = try await body(receiver)
            try await receiver.close()
            return result
        } catch {
            try? await receiver.close()
            throw error
        }
    }

    /// - Parameter port: 0 picks a free one.
    package init(
        port: Int = 0, certificate: TestCertificate? = nil,
        _ answer: @escaping @Sendable (Request) -> Answer = { _ in Answer(200) }
    ) async throws {
        let handle = Handle()
        let context = try certificate?.context()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    if let context {
                        try child.pipeline.syncOperations.addHandler(
                            NIOSSLServerHandler(context: context))
                    }
                    try child.pipeline.syncOperations.configureHTTPServerPipeline()
                    try child.pipeline.syncOperations.addHandler(Handler(handle))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        state = Mutex(State(answer: answer))
        isSecure = context != nil
        self.port = channel.localAddress?.port ?? 0
        handle.receiver.withLock { $0 = self }
    }

    package func close() async throws {
        try await channel.close()
    }

    /// Answers from now on like this.
    package func answer(_ answer: @escaping @Sendable (Request) -> Answer) {
        state.withLock { $0.answer = answer }
    }

    /// Waits until so many requests have come.
    /// - Returns: whether they came within `limit`.
    package func waitForRequests(_ count: Int, within limit: Duration = .seconds(20)) async -> Bool
    {
        let end = ContinuousClock.now + limit
        while requests.count < count {
            guard .now < end else { return false }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return true
    }

    fileprivate func begin(_ request: Request) -> Answer {
        let answer = state.withLock { state in
            state.requests.append(request)
            state.inFlight += 1
            state.mostInFlight = max(state.mostInFlight, state.inFlight)
            return state.answer
        }
        return answer(request)
    }

    fileprivate func end() { state.withLock { $0.inFlight -= 1 } }

    /// Where connections find the receiver, which is made after the listener.
    fileprivate final class Handle: Sendable {
        let receiver = Mutex<TestReceiver?>(nil)
    }
}

/// Answers the requests of one connection.
private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let handle: TestReceiver.Handle
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ handle: TestReceiver.Handle) {
        self.handle = handle
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let buffer): body += String(buffer: buffer)
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        guard let head, let receiver = handle.receiver.withLock({ $0 }) else { return }
        let request = TestReceiver.Request(
            method: head.method.rawValue, path: head.uri,
            headers: Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $1 },
            body: body, arrival: .now)
        let answer = receiver.begin(request)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let delay = TimeAmount(answer.delay)
        context.eventLoop.scheduleTask(in: delay) {
            let (handler, context) = bound.value
            receiver.end()
            handler.write(answer, context)
        }
    }

    private func write(_ answer: TestReceiver.Answer, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(answer.headers)
        if answer.status != 204 {
            headers.add(name: "content-length", value: "\(answer.body.utf8.count)")
        }
        let head = HTTPResponseHead(
            version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(
            wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
