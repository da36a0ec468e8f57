import NIOCore
import NIOEmbedded
import Testing

@testable import HTTP

@Suite struct FlushTogetherTests {
    /// Counts the flushes that reach the socket.
    private final class Counter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        var flushes = 0

        func flush(context: ChannelHandlerContext) {
            flushes += 1
            context.flush()
        }
    }

    private let counter = Counter()
    private let channel: EmbeddedChannel

    init() throws {
        channel = EmbeddedChannel(handlers: [counter, FlushTogether()])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    private func write(_ text: String) {
        channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    private func sent() throws -> [String] {
        var texts: [String] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) {
            texts.append(String(buffer: buffer))
        }
        return texts
    }

    @Test func `what is written in a turn goes out together at its end`() throws {
        write("a")
        write("b")
        #expect(counter.flushes == 0)
        #expect(try sent().isEmpty)
        channel.embeddedEventLoop.run()
        #expect(counter.flushes == 1)
        #expect(try sent() == ["a", "b"])
        write("c")
        channel.embeddedEventLoop.run()
        #expect(counter.flushes == 2)
        #expect(try sent() == ["c"])
    }

    @Test func `a turn without a write flushes nothing`() {
        channel.embeddedEventLoop.run()
        #expect(counter.flushes == 0)
    }

    @Test func `a connection that closes sends first what was written`() throws {
        write("last")
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(counter.flushes == 1)
        #expect(try sent() == ["last"])
    }

    @Test func `a handler that is taken out sends first what was written`() throws {
        write("last")
        let handler = try channel.pipeline.syncOperations.handler(type: FlushTogether.self)
        channel.pipeline.syncOperations.removeHandler(handler, promise: nil)
        channel.embeddedEventLoop.run()
        #expect(counter.flushes == 1)
        #expect(try sent() == ["last"])
    }
}
