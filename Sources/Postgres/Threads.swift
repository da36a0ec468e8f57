#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Work that blocks must not run on the tasks' own threads: there is one for each core only.
enum BlockingThread {
    private final class Job {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }
    }

    /// Runs `body` on a new thread of its own. When no thread can be made, it runs here.
    static func run(_ body: @escaping @Sendable () -> Void) {
        let job = Unmanaged.passRetained(Job(body))
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 1_024 * 1_024)
        let failed = pthread_create(
            &thread, &attributes,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Job>.fromOpaque(raw).takeRetainedValue().body()
                return nil
            }, job.toOpaque())
        if failed != 0 { job.takeRetainedValue().body() }
    }

    /// Runs `body` on a thread of its own and awaits what it returns.
    static func value<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withUnsafeThrowingContinuation { continuation in
            run { continuation.resume(with: Result(catching: body)) }
        }
    }

    /// Blocks the calling thread.
    static func sleep(_ duration: Duration) {
        usleep(UInt32(clamping: duration.milliseconds * 1_000))
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, never negative.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return overflow ? .max : whole.addingReportingOverflow(part).partialValue
    }
}
