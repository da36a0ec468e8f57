import Foundation
import Logging

/// Writes each entry as one line to standard error.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    private let label: String
    private let format: Settings.LogFormat
    private let write: @Sendable (String) -> Void

    init(
        label: String, format: Settings.LogFormat, logLevel: Logger.Level,
        write: @escaping @Sendable (String) -> Void = LineLogHandler.writeToStandardError
    ) {
        self.label = label
        self.format = format
        self.logLevel = logLevel
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let more = event.metadata { fields.merge(more) { $1 } }
        if let error = event.error { fields["error"] = .string("\(error)") }
        let line = LogLine(
            time: Date(), level: event.level, label: label, message: event.message.description,
            fields: fields)
        write(format == .json ? line.json : line.text)
    }

    /// One call for each line, so that lines of different threads do not mix. What cannot be
    /// written is lost.
    static func writeToStandardError(_ line: String) {
        var line = line
        line.append("\n")
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = systemWrite(STDERR_FILENO, part.baseAddress, part.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

/// The system's `write`, whose name a property takes above.
private func systemWrite(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(file, bytes, count)
}

extension Logger {
    /// The logger of the whole process.
    init(settings: Settings, defaultFormat: Settings.LogFormat) {
        let format = settings.logFormat ?? defaultFormat
        let level = settings.logLevel
        self.init(label: "hazina") { LineLogHandler(label: $0, format: format, logLevel: level) }
    }
}
