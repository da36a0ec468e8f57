#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

import Synchronization

/// Connections on which writing transactions of the same kind follow each other.
///
/// A transaction that comes while another one of its lane is under way is sent behind it, and the
/// server begins it without a round trip in between. It takes effect or fails by itself, whatever
/// becomes of the one before. Transactions that would wait for each other's locks lose nothing by
/// that; others had better have connections of their own. While somebody waits for a connection,
/// nobody follows: it goes to the first who asked.
public final class WriteLanes: Sendable {
    /// Where transactions of one key follow each other.
    public struct Lane: Sendable {
        fileprivate let lanes: WriteLanes
        fileprivate let key: UUID
    }

    private struct Open {
        let connection: Connection
        /// How many transactions of the lane have the connection.
        var users = 1
        /// How many more may come, so that the connection goes back to the pool some time.
        var places = WriteLanes.turnsOnOneConnection
        var failure: PostgresError?
    }

    private static var turnsOnOneConnection: Int { 1000 }

    private let open = Mutex<[UUID: Open]>([:])

    public init() {}

    public subscript(key: UUID) -> Lane { Lane(lanes: self, key: key) }
}

extension WriteLanes.Lane {
    /// A connection with a transaction of the lane under way; `leave` must follow.
    func enter() -> Connection? {
        lanes.open.withLock { open in
            guard let lane = open[key], lane.places > 0, lane.failure == nil else { return nil }
            open[key]?.users += 1
            open[key]?.places -= 1
            return lane.connection
        }
    }

    /// Has the next ones follow on this connection, unless there is another one already.
    func begin(on connection: Connection) {
        lanes.open.withLock { open in
            if open[key] == nil { open[key] = WriteLanes.Open(connection: connection) }
        }
    }

    /// A transaction has ended. Nobody follows on the connection of one that failed.
    /// - Returns: nil while others have the connection; else a failure among them, if any.
    func leave(_ connection: Connection, after failure: PostgresError?) -> PostgresError?? {
        lanes.open.withLock { open -> PostgresError?? in
            guard var lane = open[key], lane.connection === connection else { return failure }
            lane.users -= 1
            // That the host takes no writes is what the pool must hear of.
            if lane.failure == nil || failure?.isReadOnly == true { lane.failure = failure }
            open[key] = lane.users > 0 ? lane : nil
            return lane.users > 0 ? nil : .some(lane.failure)
        }
    }
}
