import Logging
import Postgres
import Synchronization

/// Writes when a key was last used, beside the request and at most once a minute for each key.
package final class KeyUseRecorder: Sendable {
    private let repository: ApiKeyRepository
    private let logger: Logger
    /// Keys whose use is being written: the requests that come meanwhile need not write it again.
    private let writing = Mutex<Set<ApiKeyID>>([])

    init(repository: ApiKeyRepository, logger: Logger) {
        self.repository = repository
        self.logger = logger
    }

    func record(_ key: ApiKeyID, of tenant: TenantID) {
        guard writing.withLock({ $0.insert(key).inserted }) else { return }
        RequestDeadline.outliving { [self] in
            do {
                try await repository.recordUse(of: key, tenant: tenant)
            } catch {
                logger.warning("Could not record a key's use", metadata: ["error": "\(error)"])
            }
            writing.withLock { _ = $0.remove(key) }
        }
    }
}
