import GraphQL
import Logging
import Synchronization

/// Prices fetched from URLs, each for as long as it is fresh. Whoever asks at the same time shares
/// one request; a refresh begins before the prices are old, so that nobody waits for it.
final class PriceCache: Sendable {
    /// Where prices come from.
    struct Source: Hashable, Sendable {
        let url: String
        /// Whether private addresses may be asked. Prices are not shared with those who may not.
        let isTrusted: Bool
    }

    struct Lifetime: Sendable {
        /// How long prices are used without asking for newer ones.
        let fresh: Duration
        /// How old prices may be when newer ones cannot be had.
        let usable: Duration
    }

    typealias Instant = ContinuousClock.Instant

    private struct Entry {
        var table: PriceTable?
        var fetchedAt: Instant?
        /// The last attempt, if it failed.
        var failure: Failure?
        var flight: Task<PriceTable, any Error>?
    }

    private struct Failure {
        let at: Instant
        let error: any Error
    }

    private enum Answer {
        case table(PriceTable)
        case failure(any Error)
        case flight(Task<PriceTable, any Error>)
    }

    /// How much memory all prices may take together.
    private static let maximumBytes = 32 * 1024 * 1024

    private let entries = Mutex(RecentlyUsed<Source, Entry>(maxBytes: maximumBytes))
    private let lifetime: Lifetime
    private let fetch: PriceService.Fetch
    private let now: @Sendable () -> Instant
    private let logger: Logger

    init(
        lifetime: Lifetime, fetch: @escaping PriceService.Fetch, logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) {
        self.lifetime = lifetime
        self.fetch = fetch
        self.logger = logger
        self.now = now
    }

    /// - Throws: what the last attempt failed with, if there are no prices young enough.
    func prices(from source: Source) async throws -> PriceTable {
        switch entries.withLock({ answer(from: source, in: &$0) }) {
        case .table(let table): return table
        case .failure(let error): throw error
        case .flight(let flight): return try await flight.value
        }
    }

    private func answer(
        from source: Source, in entries: inout RecentlyUsed<Source, Entry>
    ) -> Answer {
        let now = now()
        var entry = entries.value(for: source) ?? Entry()
        let isResting = entry.failure.map { now < $0.at + lifetime.rest } ?? false
        let age = entry.fetchedAt.map { now - $0 }
        let isFresh = age.map { $0 < lifetime.fresh } ?? false
        let isYoung = age.map { $0 < lifetime.fresh / 2 } ?? false
        if !isYoung, !isResting, entry.flight == nil {
            entry.flight = fly(to: source)
            keep(entry, source, in: &entries)
        }
        if isFresh, let table = entry.table { return .table(table) }
        if let flight = entry.flight { return .flight(flight) }
        return fallback(entry, at: now)
    }

    /// The last good prices, or why there are none.
    private func fallback(_ entry: Entry, at now: Instant) -> Answer {
        if let table = entry.table, let fetchedAt = entry.fetchedAt,
            now - fetchedAt < lifetime.usable
        {
            return .table(table)
        }
        return .failure(entry.failure?.error ?? CancellationError())
    }

    /// A request that no caller's cancellation stops. Detached, since what it fetches is for
    /// everybody.
    private func fly(to source: Source) -> Task<PriceTable, any Error> {
        Task.detached { [self] in
            do {
                let table = try PriceTable(json: try await fetch(source.url, source.isTrusted))
                entries.withLock { entries in
                    let entry = Entry(table: table, fetchedAt: now())
                    keep(entry, source, in: &entries)
                }
                return table
            } catch {
                return try settle(error, source)
            }
        }
    }

    /// Keeps that an attempt failed. - Returns: the last good prices, while they can be used.
    private func settle(_ error: any Error, _ source: Source) throws -> PriceTable {
        let (answer, isFirst) = entries.withLock { entries in
            let now = now()
            var entry = entries.value(for: source) ?? Entry()
            let isFirst = entry.failure == nil
            entry.flight = nil
            entry.failure = Failure(at: now, error: error)
            keep(entry, source, in: &entries)
            return (fallback(entry, at: now), isFirst)
        }
        // Once an outage. The URL may hold a secret.
        if isFirst {
            logger.warning(
                "Prices could not be fetched",
                metadata: ["isOperators": "\(source.isTrusted)", "error": "\(error)"])
        }
        guard case .table(let table) = answer else { throw error }
        return table
    }

    private func keep(
        _ entry: Entry, _ source: Source, in entries: inout RecentlyUsed<Source, Entry>
    ) {
        entries.insert(
            entry, for: source, bytes: source.url.utf8.count + 256 + (entry.table?.bytes ?? 0))
    }
}

extension PriceCache.Lifetime {
    /// How long a source is left alone after it failed, so that one that is down is not asked for
    /// every quote.
    var rest: Duration { min(fresh / 2, .seconds(2)) }
}
