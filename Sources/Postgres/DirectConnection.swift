import CLibPQ
import Synchronization

/// One plain connection outside a pool, for migrations and diagnosis. Each call blocks a thread of
/// its
/// own until the server has answered; calls from several tasks run one after the other.
// SAFETY: `pg` is only used under the lock of `state`, and never after it was closed.
public final class DirectConnection: @unchecked Sendable {
    private let pg: OpaquePointer
    private let isClosed = Mutex(false)

    /// The server's version as a number: 150018 is 15.18.
    public let serverVersion: Int

    private init(_ opened: OpenedConnection) {
        pg = opened.pg
        serverVersion = Int(PQserverVersion(pg))
    }

    deinit {
        close()
    }

    /// Opens a connection.
    /// - Parameters:
    ///   - url: a connection URI or keyword string, as libpq reads it.
    ///   - connectTimeout: for each host; whole seconds, at least 2.
    /// - Throws: `PostgresError` of kind `.connectFailed` with libpq's reason, without a password.
    public static func open(
        url: String, connectTimeout: Duration = .seconds(5),
        applicationName: String = "swift-postgres"
    ) async throws -> DirectConnection {
        try await BlockingThread.value {
            DirectConnection(
                try OpenedConnection.open(
                    url: url, connectTimeout: connectTimeout, applicationName: applicationName,
                    hosts: HostOrder(url: url)))
        }
    }

    /// Runs one statement with its values.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func query(_ sql: SQL) async throws -> Rows {
        try sql.validate()
        return try await BlockingThread.value {
            let result = try self.withConnection { pg in
                Wire.withValues(sql.binds) { count, values, lengths, formats in
                    sql.binds.types.withUnsafeBufferPointer { types in
                        PQexecParams(
                            pg, sql.text, count, types.baseAddress, values, lengths, formats, 1)
                    }
                }
            }
            do {
                return Rows(try self.checked(result, sql))
            } catch let error as PostgresError {
                throw error.named(sql)
            }
        }
    }

    /// Runs any number of statements, separated by semicolons, up to the first that fails. Outside
    /// an explicit transaction they are one. The text is trusted.
    /// - Throws: `PostgresError`.
    public func execute(script: String) async throws {
        let sql = SQL(unescaped: script)
        try sql.validate()
        try await BlockingThread.value {
            let result = try self.withConnection { PQexec($0, script) }
            _ = try self.checked(result, sql)
        }
    }

    /// The password in the form that the server would store, so that `create role ... password`
    /// does not carry it in clear text into the server's log.
    /// - Throws: `PostgresError`.
    public func encrypted(password: String, ofRole role: String) async throws -> String {
        try await BlockingThread.value {
            try self.isClosed.withLock { isClosed in
                guard !isClosed else {
                    throw PostgresError(.connectionLost, "the connection was closed")
                }
                guard let text = PQencryptPasswordConn(self.pg, password, role, nil) else {
                    throw PostgresError(
                        .misuse, "the client library could not encrypt the password")
                }
                defer { PQfreemem(text) }
                return String(cString: text)
            }
        }
    }

    /// Closes the connection; later calls throw.
    public func close() {
        isClosed.withLock { isClosed in
            if !isClosed { PQfinish(pg) }
            isClosed = true
        }
    }

    private struct Received: @unchecked Sendable {
        // SAFETY: handed from the lock's closure to the one caller.
        let pointer: OpaquePointer?
    }

    private func withConnection(_ body: (OpaquePointer) -> OpaquePointer?) throws -> Received {
        try isClosed.withLock { isClosed in
            guard !isClosed else {
                throw PostgresError(.connectionLost, "the connection was closed")
            }
            return Received(pointer: body(pg))
        }
    }

    private func checked(_ received: Received, _ sql: SQL) throws -> ResultBox {
        guard let pointer = received.pointer else {
            throw PostgresError(.connectionLost, "the client library has no memory")
        }
        let box = ResultBox(pointer, sql: sql)
        let status = PQresultStatus(pointer)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY
        else {
            let error = PostgresError(result: pointer)
            throw error.isFatal ? error.asConnectionLost : error
        }
        return box
    }
}
