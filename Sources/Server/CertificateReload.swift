import HTTP
import Logging
import UnixSignals

/// Reads the certificate anew at every SIGHUP. What cannot be used changes nothing.
struct CertificateReload: Sendable {
    let files: TLSFiles
    let logger: Logger

    /// Listens for the signal until its task is cancelled.
    func run() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            do {
                try files.reload()
                logger.info("certificate reloaded", metadata: ["expires": "\(files.expiry)"])
            } catch {
                logger.error(
                    "certificate not reloaded, the one so far stays",
                    metadata: ["error": "\(error)"])
            }
        }
    }
}
