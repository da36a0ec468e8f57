package import Tracing

/// Which span of which trace something belongs to, as W3C's Trace Context has it.
/// https://www.w3.org/TR/trace-context/
package struct TraceContext: Sendable, Hashable {
    package var traceHigh: UInt64
    package var traceLow: UInt64
    package var span: UInt64
    /// Whether spans of this trace are kept.
    package var isSampled: Bool
    /// What other systems have written into `tracestate`, passed on as it came.
    package var state: String?

    /// A `tracestate` that is longer is not passed on.
    private static let longestState = 512

    package init(
        traceHigh: UInt64, traceLow: UInt64, span: UInt64, isSampled: Bool, state: String? = nil
    ) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.isSampled = isSampled
        self.state = state
    }

    /// A span of a trace of its own.
    static func root(isSampled: Bool) -> TraceContext {
        TraceContext(
            traceHigh: .random(in: 1...(.max)), traceLow: .random(in: .min...(.max)),
            span: .random(in: 1...(.max)), isSampled: isSampled)
    }

    /// A span within this one.
    func child() -> TraceContext {
        var child = self
        child.span = .random(in: 1...(.max))
        return child
    }

    /// Reads `traceparent`: nil for what is malformed, and for ids of zeros alone.
    package init?(traceparent: String, state: String? = nil) {
        let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].utf8.count == 2, parts[1].utf8.count == 32,
            parts[2].utf8.count == 16, parts[3].utf8.count == 2,
            // Later versions may have more parts; there is no version 255.
            let version = Self.number(parts[0]), version != 255, version > 0 || parts.count == 4,
            let high = Self.number(parts[1].prefix(16)), let low = Self.number(parts[1].suffix(16)),
            let span = Self.number(parts[2]), let flags = Self.number(parts[3]),
            high != 0 || low != 0, span != 0
        else { return nil }
        traceHigh = high
        traceLow = low
        self.span = span
        isSampled = flags & 1 == 1
        self.state = state.flatMap { $0.isEmpty || $0.utf8.count > Self.longestState ? nil : $0 }
    }

    package var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// 32 hexadecimal digits.
    package var traceID: String { Self.hexadecimal(traceHigh) + Self.hexadecimal(traceLow) }
    /// 16 hexadecimal digits.
    package var spanID: String { Self.hexadecimal(span) }

    static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// Capital letters are no digits here.
    private static func number(_ digits: Substring) -> UInt64? {
        let isHexadecimal = digits.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
        }
        return isHexadecimal ? UInt64(digits, radix: 16) : nil
    }
}

private enum TraceContextKey: InstrumentationContextKey {
    typealias Value = TraceContext
}

extension InstrumentationContext {
    /// The span that is under way.
    package var trace: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}
