import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOSSL

/// HTTP/1.1 over TLS. Each connection has the certificate that is current when it is opened.
struct TLSChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    let base: HTTP1Channel
    let files: TLSFiles

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLServerHandler(context: files.context))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1, over TLS if there are files for it.
    static func http1(
        configuration: HTTP1Channel.Configuration, tls files: TLSFiles?,
        executors: LoopExecutors
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            let plain = HTTP1Channel(responder: responder, configuration: configuration)
            guard let files else { return LoopChannel(base: plain, executors: executors) }
            return LoopChannel(
                base: TLSChannel(base: plain, files: files), executors: executors)
        }
    }
}
