import Foundation
import Logging

/// Writes each entry as one line to standard error; warnings and errors at once.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    private let label: String
    private let format: Settings.LogFormat
    private let write: @Sendable (_ line: String, _ isUrgent: Bool) -> Void

    init(
        label: String, format: Settings.LogFormat, logLevel: Logger.Level,
        write: @escaping @Sendable (_ line: String, _ isUrgent: Bool) -> Void = { line, isUrgent in
            LogWriter.standardError.write(line, isUrgent: isUrgent)
        }
    ) {
        self.label = label
        self.format = format
        self.logLevel = logLevel
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set {
            // The HTTP library names every request so. Lines name it as its client knows it.
            guard key != "hb.request.id" else { return }
            metadata[key] = newValue
        }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let more = event.metadata { fields.merge(more) { $1 } }
        if let error = event.error { fields["error"] = .string("\(error)") }
        let line = LogLine(
            time: Date(), level: event.level, label: label, message: event.message.description,
            fields: fields)
        write(format == .json ? line.json : line.text, event.level >= .warning)
    }
}

extension Logger {
    /// The logger of the whole process.
    init(settings: Settings, defaultFormat: Settings.LogFormat) {
        let format = settings.logFormat ?? defaultFormat
        let level = settings.logLevel
        self.init(label: "hazina") { LineLogHandler(label: $0, format: format, logLevel: level) }
    }
}
