import Foundation

/// Random texts for keys and passwords.
enum Secrets {
    /// Hexadecimal digits of so many random bytes, from the system's generator.
    static func random(bytes count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in
            let byte = UInt8.random(in: 0...255, using: &generator)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

/// Small files that only their owner may read.
enum PrivateFile {
    /// Replaces the file as a whole.
    static func write(_ text: String, to path: String) throws {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("cannot write \(path)") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
        guard rename(temporary, path) == 0 else { throw failure("cannot write \(path)") }
    }

    /// The text of the file without the white space around it, nil when it is missing or empty.
    static func read(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters { $0.isWhitespace }
        return text.isEmpty ? nil : text
    }

    /// What is in the file; if there is nothing yet, a new random text that is kept in it.
    static func secret(at path: String) throws -> String {
        if let kept = read(path) { return kept }
        let secret = Secrets.random(bytes: 24)
        try write(secret + "\n", to: path)
        return secret
    }

    /// A failure that says why the last system call failed.
    static func failure(_ message: String) -> CommandFailure {
        CommandFailure("\(message): \(String(cString: strerror(errno)))")
    }
}
