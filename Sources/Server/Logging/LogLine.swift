import Foundation
import Logging
import Postgres

/// One log entry on its way to becoming a line. Whatever the values hold, the result is one line
/// whose parts cannot be mistaken for others.
struct LogLine {
    var time: Date
    var level: Logger.Level
    var label: String
    var message: String
    var fields: Logger.Metadata

    private static let ownNames: Set<String> = ["ts", "level", "message", "label"]

    /// `{"ts":"...","level":"info","message":"...","label":"hazina", <fields by name>}`
    var json: String {
        var line = #"{"ts":"\#(timestamp)","level":"\#(level.rawValue)","message":"#
        line.appendQuoted(message)
        line += #","label":"#
        line.appendQuoted(label)
        for (name, value) in sortedFields {
            line += ","
            line.appendQuoted(Self.ownNames.contains(name) ? "field.\(name)" : name)
            line += ":"
            Self.append(value, to: &line)
        }
        return line + "}"
    }

    /// `2026-01-31T09:30:00.000Z info  message name=value`
    var text: String {
        let levelName = level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        var line = "\(timestamp) \(levelName) \(message.escapedForLog)"
        for (name, value) in sortedFields {
            line += " \(name.escapedForLog)="
            let text = value.description
            if text.isPlainWord { line += text } else { line.appendQuoted(text) }
        }
        return line
    }

    private var sortedFields: [(key: String, value: Logger.MetadataValue)] {
        fields.sorted { $0.key < $1.key }
    }

    private static func append(_ value: Logger.MetadataValue, to line: inout String) {
        switch value {
        case .string(let text):
            line.appendQuoted(text)
        case .stringConvertible(let value):
            switch value {
            case let number as Int: line += String(number)
            case let number as Double where number.isFinite: line += String(number)
            case let flag as Bool: line += String(flag)
            default: line.appendQuoted(value.description)
            }
        case .array(let values):
            line += "["
            for (index, element) in values.enumerated() {
                if index > 0 { line += "," }
                append(element, to: &line)
            }
            line += "]"
        case .dictionary(let values):
            line += "{"
            for (index, entry) in values.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line += "," }
                line.appendQuoted(entry.key)
                line += ":"
                append(entry.value, to: &line)
            }
            line += "}"
        }
    }

    private var timestamp: String { time.iso8601Milliseconds }
}

extension Date {
    /// `2026-01-31T09:30:00.000Z`
    var iso8601Milliseconds: String {
        let microseconds = (timeIntervalSince1970 * 1_000_000).rounded()
        return Timestamp(microsecondsSinceEpoch: Int64(microseconds)).iso8601Milliseconds
    }
}

extension String {
    /// Appends the text in double quotes, with everything escaped that could end the string or the
    /// line, or that a terminal would obey: JSON's rules, and all control and separator characters.
    mutating func appendQuoted(_ text: String) {
        append("\"")
        append(text.escapedForLog)
        append("\"")
    }

    /// The text with quotes, backslashes, control and separator characters escaped as in JSON.
    var escapedForLog: String {
        if utf8.allSatisfy(\.isPlain) { return self }
        guard unicodeScalars.contains(where: \.needsEscape) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.needsEscape:
                for unit in UTF16.encode(scalar) ?? .init() {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                }
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// It can stand in a line of words without quotes.
    fileprivate var isPlainWord: Bool {
        !isEmpty
            && unicodeScalars.allSatisfy {
                $0.isASCII && $0.value > 0x20 && !$0.needsEscape && $0 != "="
            }
    }
}

extension UInt8 {
    /// It is ASCII that stands for itself.
    fileprivate var isPlain: Bool {
        (0x20..<0x7f).contains(self) && self != UInt8(ascii: "\"") && self != UInt8(ascii: "\\")
    }
}

extension Unicode.Scalar {
    fileprivate var needsEscape: Bool {
        if self == "\"" || self == "\\" { return true }
        if isASCII { return value < 0x20 || value == 0x7f }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }
}
