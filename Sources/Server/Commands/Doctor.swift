import ArgumentParser
import Foundation

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check settings, database and role, and say how to mend what is wrong.")

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        var findings = [Finding.settings(environment)]
        for warning in Settings.unknownVariables(in: environment) {
            findings.append(Finding("settings", .warning(warning)))
        }
        let settings = try? Settings(environment: environment, for: .doctor)
        if let paths = settings?.tls.paths {
            findings.append(
                CertificateChecks(certificatePath: paths.certificate, keyPath: paths.key).run())
        }
        if let settings, let url = settings.database.url {
            findings += await DatabaseChecks(url: url, settings: settings.database).run()
            if let standby = settings.database.readURL {
                findings.append(
                    await StandbyChecks(
                        primary: url, standby: standby, settings: settings.database
                    ).run())
            }
        }
        for finding in findings { Console.out(finding.description) }
        if findings.contains(where: \.isFailure) { throw ExitCode(1) }
    }
}
