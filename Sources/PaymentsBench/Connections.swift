import NIOCore
import NIOPosix
import Synchronization

/// Connections to the server, each for one request at a time. They do no more than they must, so
/// that most of the machine is left to what is measured.
final class Connections: Sendable {
    private struct State {
        var idle: [Wire] = []
        var count = 0
        var waiting: [CheckedContinuation<Wire?, Never>] = []
    }

    private let host: String
    private let port: Int
    private let limit: Int
    private let state = Mutex(State())

    init(host: String, port: Int, limit: Int) {
        self.host = host
        self.port = port
        self.limit = limit
    }

    /// Sends a whole HTTP request and gives the status and body of the answer.
    func exchange(_ request: ByteBuffer) async throws -> (status: Int, body: ByteBuffer) {
        let wire = try await take()
        do {
            let answer = try await wire.exchange(request)
            giveBack(wire)
            return answer
        } catch {
            giveBack(nil)
            throw error
        }
    }

    private func take() async throws -> Wire {
        let taken: Wire? = await withCheckedContinuation { continuation in
            let now: Wire?? = state.withLock { state in
                if let wire = state.idle.popLast() { return .some(wire) }
                guard state.count < limit else {
                    state.waiting.append(continuation)
                    return nil
                }
                state.count += 1
                return .some(nil)
            }
            if let now { continuation.resume(returning: now) }
        }
        if let taken { return taken }
        do {
            return try await Wire.open(host: host, port: port)
        } catch {
            giveBack(nil)
            throw error
        }
    }

    /// - Parameter wire: nil for one that is no more, in whose place another may be opened.
    private func giveBack(_ wire: Wire?) {
        let next = state.withLock { state -> CheckedContinuation<Wire?, Never>? in
            if let next = state.waiting.popLast() { return next }
            if let wire { state.idle.append(wire) } else { state.count -= 1 }
            return nil
        }
        next?.resume(returning: wire)
    }
}

/// One connection.
struct Wire: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<AnswerHandler>

    static func open(host: String, port: Int) async throws -> Wire {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = AnswerHandler()
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return Wire(
                        channel: channel,
                        handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
                }
            }
    }

    func exchange(_ request: ByteBuffer) async throws -> (status: Int, body: ByteBuffer) {
        try await withCheckedThrowingContinuation { continuation in
            channel.eventLoop.execute {
                handler.value.waiting = continuation
                channel.writeAndFlush(request, promise: nil)
            }
        }
    }
}

/// Gathers one answer with a `Content-Length`.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias Answer = (status: Int, body: ByteBuffer)

    struct Broken: Error {}

    var waiting: CheckedContinuation<Answer, any Error>?
    private var gathered = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        gathered.writeBuffer(&part)
        guard let answer = whole() else { return }
        gathered.clear()
        resume(.success(answer))
    }

    func channelInactive(context: ChannelHandlerContext) { resume(.failure(Broken())) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        resume(.failure(error))
        context.close(promise: nil)
    }

    private func resume(_ result: Result<Answer, any Error>) {
        waiting?.resume(with: result)
        waiting = nil
    }

    private static let headEnd = Array("\r\n\r\n".utf8)
    private static let lengthName = Array("content-length: ".utf8)

    /// The answer, once all of it is there.
    private func whole() -> Answer? {
        gathered.withUnsafeReadableBytes { bytes -> (Int, Int, Int)? in
            guard let head = bytes.firstPlace(of: Self.headEnd),
                let name = bytes[..<head].firstPlace(of: Self.lengthName)
            else { return nil }
            let length = bytes.number(at: name + Self.lengthName.count)
            let start = head + Self.headEnd.count
            guard bytes.count >= start + length else { return nil }
            // After `HTTP/1.1 `.
            return (bytes.number(at: 9), start, length)
        }.flatMap { status, start, length in
            gathered.getSlice(at: gathered.readerIndex + start, length: length)
                .map { (status, $0) }
        }
    }
}

extension Collection<UInt8> where Index == Int {
    /// Where the text stands first, letters in either case taken as one.
    func firstPlace(of text: [UInt8]) -> Int? {
        guard count >= text.count, let first = text.first else { return nil }
        for place in startIndex...(endIndex - text.count) where self[place] | 0x20 == first | 0x20 {
            if text.indices.allSatisfy({ self[place + $0] | 0x20 == text[$0] | 0x20 }) {
                return place
            }
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    /// The number whose decimal digits begin here.
    fileprivate func number(at start: Int) -> Int {
        self[start...].prefix { (0x30...0x39).contains($0) }.reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }
}
