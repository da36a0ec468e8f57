import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the system knows of this process.
package struct ProcessMetrics: Sendable {
    private let version: String
    private let started: Double

    /// - Parameter version: of the program.
    package init(version: String) {
        self.version = version
        started = Self.startTime() ?? Date().timeIntervalSince1970
    }

    package func samples() -> [MetricSample] {
        var samples = [
            MetricSample("hazina_build_info", 1, ("version", version)),
            MetricSample("process_start_time_seconds", started),
            MetricSample("process_cpu_seconds_total", Self.processorSeconds()),
        ]
        if let bytes = Self.residentBytes() {
            samples.append(MetricSample("process_resident_memory_bytes", bytes))
        }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            samples.append(MetricSample("process_open_fds", files.count))
        }
        return samples
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }

    private static func residentBytes() -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Seconds since 1970 at which the process began, by the system's own account.
    private static func startTime() -> Double? {
        guard let own = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let system = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            // The program's name, in brackets, may hold blanks.
            let end = own.lastIndex(of: ")"),
            let boot = system.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let bootSeconds = Double(boot.dropFirst("btime ".count))
        else { return nil }
        let fields = own[end...].split(separator: " ")
        guard fields.count > 20, let ticks = Double(fields[20]) else { return nil }
        return bootSeconds + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
