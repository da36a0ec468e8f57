import CLibPQ
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A connection that has been silent for a while, with work on it.
struct Suspect: Sendable {
    let connection: Connection
    /// Of the server's process behind it.
    let process: Int32
    let silentSince: ContinuousClock.Instant
}

/// Tells connections that are slow from those that are dead and do not show it, because what was
/// sent on them got lost: asks the server, over another one, which of them it is working for.
struct Inquiry {
    /// How long the server may take to answer, in milliseconds.
    private static let patience: Int64 = 2_000

    private let opened: OpenedConnection

    /// Opens a connection of its own. Blocks.
    init(url: String, connectTimeout: Duration, hosts: HostOrder?) throws {
        opened = try OpenedConnection.open(
            url: url, connectTimeout: connectTimeout, applicationName: "swift-postgres inquiry",
            hosts: hosts)
    }

    func close() {
        PQfinish(opened.pg)
    }

    /// - Returns: the suspects that the server is not working for, and has not just now been; nil
    ///   if it cannot be told, as behind a pooler, which shows processes of its own.
    func dead(_ suspects: [Suspect]) -> [Suspect]? {
        let statement = """
            -- postgres.inquiry
            select pg_backend_pid() union all
            select pid from pg_stat_activity where pid in (\(Self.list(suspects))) and not (
                state like 'idle%' and state_change < clock_timestamp() - interval '0.5 s')
            """
        guard let alive = answer(statement), alive.contains(PQbackendPID(opened.pg)) else {
            return nil
        }
        return suspects.filter { !alive.contains($0.process) }
    }

    /// Ends the sessions of connections that were given up, so that they hold no locks.
    func end(_ suspects: [Suspect]) {
        _ = answer(
            """
            -- postgres.inquiry_end
            select pg_terminate_backend(pid)::int from pg_stat_activity
            where pid in (\(Self.list(suspects))) and usename = current_user
            """)
    }

    private static func list(_ suspects: [Suspect]) -> String {
        suspects.map { "\($0.process)" }.joined(separator: ",")
    }

    /// The numbers in the first column.
    private func answer(_ statement: String) -> Set<Int32>? {
        let pg = opened.pg
        guard PQsetnonblocking(pg, 1) == 0, PQsendQuery(pg, statement) == 1 else { return nil }
        let end = ContinuousClock.now.advanced(by: .milliseconds(Self.patience))
        while PQisBusy(pg) == 1 || PQflush(pg) == 1 {
            let left = ContinuousClock.now.duration(to: end).milliseconds
            guard left > 0 else { return nil }
            var descriptor = pollfd(fd: PQsocket(pg), events: Int16(POLLIN), revents: 0)
            poll(&descriptor, 1, Int32(clamping: min(left, 100)))
            guard PQconsumeInput(pg) == 1 else { return nil }
        }
        guard let result = PQgetResult(pg) else { return nil }
        defer {
            PQclear(result)
            // The end of the answer, so that another statement can follow.
            while let rest = PQgetResult(pg) { PQclear(rest) }
        }
        guard PQresultStatus(result) == PGRES_TUPLES_OK else { return nil }
        var numbers: Set<Int32> = []
        for row in 0..<PQntuples(result) where PQgetisnull(result, row, 0) == 0 {
            if let text = PQgetvalue(result, row, 0), let number = Int32(String(cString: text)) {
                numbers.insert(number)
            }
        }
        return numbers
    }
}

extension Pool {
    /// How often the server is asked at most, and by how many at a time. Where it is slow rather
    /// than dead, it is not burdened with questions.
    private static let inquiryPause = Duration.milliseconds(500)
    private static let longestInquiryPause = Duration.seconds(4)
    private static let inquiryLimit = 4
    private static let inquiryTimeout = Duration.seconds(2)

    /// Asks after connections that have been silent for too long.
    func inquire(_ now: ContinuousClock.Instant) {
        let limit = now.advanced(by: .zero - configuration.silenceBeforeInquiry)
        let (suspects, hosts) = core.withLock { core -> ([Suspect], HostOrder?) in
            guard core.inquiries < Self.inquiryLimit else { return ([], nil) }
            let suspects = core.connections.values.compactMap { $0.suspect(since: limit, now) }
            // Where nothing at all comes any more, what was found before does not count.
            let earliest =
                core.connections.values.contains { $0.isHeard(since: limit) }
                ? core.nextInquiry : core.lastInquiry?.advanced(by: Self.inquiryPause)
            let isDue = earliest.map { $0 <= now } ?? true
            guard !suspects.isEmpty, isDue else { return ([], nil) }
            // When one has no answer, the next begins with another host.
            let hosts = core.hosts?.rotated(by: core.inquiries)
            core.inquiries += 1
            core.lastInquiry = now
            core.nextInquiry = now.advanced(by: Self.inquiryPause)
            return (suspects, hosts)
        }
        guard !suspects.isEmpty else { return }
        BlockingThread.run { self.inquire(after: suspects, hosts) }
    }

    private func inquire(after suspects: [Suspect], _ hosts: HostOrder?) {
        defer { core.withLock { $0.inquiries -= 1 } }
        guard
            let inquiry = try? Inquiry(
                url: configuration.url, connectTimeout: Self.inquiryTimeout, hosts: hosts)
        else { return }
        defer { inquiry.close() }
        guard let dead = inquiry.dead(suspects) else { return }
        core.withLock { core in
            core.inquiryPause =
                dead.isEmpty
                ? min(core.inquiryPause * 2, Self.longestInquiryPause) : Self.inquiryPause
            core.nextInquiry = .now.advanced(by: core.inquiryPause)
        }
        // Before their callers are told and try again.
        if !dead.isEmpty { replaceIdle() }
        let ids = Set(dead.map(\.connection.id))
        // First they are closed, since a session that is ended says so, which here would be taken
        // for the answer.
        let ended = suspects.filter { suspect in
            suspect.connection.settle(suspect, isDead: ids.contains(suspect.connection.id))
        }
        if !ended.isEmpty { inquiry.end(ended) }
    }

    /// Gives up connections that have been silent for longer than any statement may take.
    func endSilent(_ now: ContinuousClock.Instant) {
        guard let silenceLimit = configuration.silenceLimit else { return }
        let limit = now.advanced(by: .zero - silenceLimit)
        for connection in core.withLock({ Array($0.connections.values) })
        where connection.isSilent(since: limit) {
            connection.lose(PostgresError(.connectionLost, "the server does not answer"))
        }
    }
}
