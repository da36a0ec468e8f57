import Foundation
import HTTP
import Logging

/// Writes the lines of requests as `LineLogHandler` does, without the detour over a dictionary:
/// there is one for each request.
struct JSONRequestLog: RequestLog {
    let label: String
    let level: Logger.Level

    private static let usualLength = 512

    func write(_ line: RequestLine) {
        LogWriter.standardError.write(
            bytes(of: line, at: Date()), isUrgent: line.level >= .warning)
    }

    /// The line without its end.
    func bytes(of line: RequestLine, at time: Date) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.usualLength)
        bytes.append(part: "{\"ts\"", time.iso8601Milliseconds)
        bytes.append(part: ",\"level\"", line.level.rawValue)
        bytes.append(part: ",\"message\"", RequestLine.message)
        bytes.append(part: ",\"label\"", label)
        line.forEachPart { name, value in
            bytes.append(contentsOf: ",\"".utf8)
            bytes.append(contentsOf: name.utf8)
            bytes.append(contentsOf: "\":".utf8)
            switch value {
            case .text(let text): bytes.append(quoted: text)
            case .integer(let number): bytes.append(contentsOf: String(number).utf8)
            case .thousandths(let number): bytes.append(thousandths: number)
            case .flag(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
            }
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}

extension JSONRequestLog {
    /// The log of the whole process; nil where its lines are text.
    init?(settings: Settings, defaultFormat: Settings.LogFormat) {
        guard (settings.logFormat ?? defaultFormat) == .json else { return nil }
        self.init(label: "hazina", level: settings.logLevel)
    }
}

extension [UInt8] {
    fileprivate mutating func append(part name: StaticString, _ text: String) {
        name.withUTF8Buffer { append(contentsOf: $0) }
        append(UInt8(ascii: ":"))
        append(quoted: text)
    }

    fileprivate mutating func append(quoted text: String) {
        append(UInt8(ascii: "\""))
        append(contentsOf: text.escapedForLog.utf8)
        append(UInt8(ascii: "\""))
    }

    /// The shortest decimal form with a digit behind the point, as `Double` has it.
    fileprivate mutating func append(thousandths number: Int64) {
        let (whole, rest) = number.quotientAndRemainder(dividingBy: 1000)
        append(contentsOf: String(whole).utf8)
        append(UInt8(ascii: "."))
        var digits = rest
        var place: Int64 = 100
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digits / place))
            digits %= place
            place /= 10
        } while digits > 0 && place > 0
    }
}
