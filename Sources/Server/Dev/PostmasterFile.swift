import Foundation

/// `postmaster.pid`: what a running server says about itself in its data folder.
struct PostmasterFile: Equatable {
    var pid: Int32
    var dataPath: String
    var port: Int

    /// Reads the file's text: pid, data folder, start time, port and more, a line each.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, let pid = Int32(lines[0]), pid > 0, let port = Int(lines[3]) else {
            return nil
        }
        self.pid = pid
        dataPath = String(lines[1])
        self.port = port
    }

    /// Whether the process of that number is the server of that data folder. After a restart of the
    /// machine or container the number may belong to anything.
    func isServerRunning() async -> Bool {
        guard kill(pid, 0) == 0 || errno == EPERM else { return false }
        #if os(Linux)
            // A server's working directory is its data folder.
            if let folder = try? FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/\(pid)/cwd")
            {
                return folder == dataPath
            }
        #endif
        let command = ExternalCommand(
            executable: "/bin/ps", arguments: ["-p", String(pid), "-o", "comm="])
        guard let result = try? await command.run() else { return true }
        return result.output.contains("postgres")
    }
}
