import Foundation

/// Where PostgreSQL's server programs are.
struct PostgresPrograms: Equatable, Sendable {
    /// A folder with `initdb`, `pg_ctl` and `postgres`.
    let folder: String

    var initdb: String { folder + "/initdb" }
    var pgCtl: String { folder + "/pg_ctl" }
    var postgres: String { folder + "/postgres" }

    private static let debianRoot = "/usr/lib/postgresql"

    /// Finds the programs: in `PATH`, under `/usr/lib/postgresql` (the newest), or where
    /// `pg_config` says.
    /// - Parameter majorVersion: the version that an existing cluster needs, nil for any.
    static func find(
        majorVersion: String?, searchPath: String?,
        isProgram: (String) -> Bool = FileManager.default.isExecutableFile(atPath:),
        debianVersions: [String] = PostgresPrograms.installedDebianVersions
    ) async throws -> PostgresPrograms {
        var folders = (searchPath ?? "").split(separator: ":").map(String.init)
        folders += debianVersions.map { "\(debianRoot)/\($0)/bin" }
        if let bindir = await configuredFolder(searchPath, isProgram) { folders.append(bindir) }
        let complete = folders.filter { folder in
            ["initdb", "pg_ctl", "postgres"].allSatisfy { isProgram("\(folder)/\($0)") }
        }
        guard let majorVersion else {
            if let first = complete.first { return PostgresPrograms(folder: first) }
            throw CommandFailure(
                "PostgreSQL's server programs (initdb, pg_ctl, postgres) are not installed",
                remedy: "Install them (Debian: apt-get install postgresql; macOS: brew install"
                    + " postgresql), or set DATABASE_URL to use a database that runs already.")
        }
        for folder in complete {
            let programs = PostgresPrograms(folder: folder)
            if await programs.majorVersion() == majorVersion { return programs }
        }
        throw CommandFailure(
            "the private database was made by PostgreSQL \(majorVersion), which is not installed",
            remedy: "Install PostgreSQL \(majorVersion), or remove the database to begin anew.")
    }

    /// The versions under `/usr/lib/postgresql`, newest first.
    static var installedDebianVersions: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: debianRoot)) ?? []
        return names.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
    }

    /// The first part of what `postgres --version` says, such as `15`.
    func majorVersion() async -> String? {
        let command = ExternalCommand(executable: postgres, arguments: ["--version"])
        guard let result = try? await command.run(), result.status == 0 else { return nil }
        return Self.majorVersion(in: result.output)
    }

    /// `15` in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    static func majorVersion(in text: String) -> String? {
        let words = text.split(whereSeparator: \.isWhitespace)
        let word = words.first { $0.first?.isNumber == true }
        return word.map { String($0.prefix(while: \.isNumber)) }
    }

    private static func configuredFolder(
        _ searchPath: String?, _ isProgram: (String) -> Bool
    ) async -> String? {
        let folders = (searchPath ?? "").split(separator: ":")
        guard let folder = folders.first(where: { isProgram("\($0)/pg_config") }) else {
            return nil
        }
        let command = ExternalCommand(
            executable: "\(folder)/pg_config", arguments: ["--bindir"])
        guard let result = try? await command.run(), result.status == 0 else { return nil }
        return result.output.trimmingCharacters { $0.isWhitespace }
    }
}
