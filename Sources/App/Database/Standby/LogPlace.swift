package import Postgres

/// How far a server of the database is in its log: the primary with writing, a standby with doing
/// what is written there.
package struct LogPlace: Sendable, Equatable {
    /// The cluster and the database in it, which are the same on a primary and its standbys.
    package let database: String
    /// Another one after a standby was promoted, for that standby and all that follow it.
    package let timeline: Int32
    /// Bytes since the log's beginning.
    package let position: Int64

    /// Where the primary is: what had been committed before is at that position or before it.
    package static func ofPrimary(_ pool: Pool) async throws -> LogPlace {
        // Without waiting for the disk, a commit is known of before it can be copied.
        try await read(
            """
            -- standby.primary_place
            select (select system_identifier from pg_control_system()) || '/' || d.oid as database,
                ('x' || left(pg_walfile_name(w.place), 8))::bit(32)::integer as timeline,
                (w.place - '0/0'::pg_lsn)::bigint as position
            from pg_database d, (
                select case current_setting('synchronous_commit')
                    when 'off' then pg_current_wal_insert_lsn() else pg_current_wal_flush_lsn()
                end as place
            ) w
            where d.datname = current_database()
            """, pool)
    }

    /// Where a standby is; nil for a server that takes writes.
    ///
    /// What it tells of its timeline is written down when it flushes pages, and so may be late.
    package static func ofStandby(_ pool: Pool) async throws -> LogPlace? {
        let place = try await read(
            """
            -- standby.standby_place
            select (select system_identifier from pg_control_system()) || '/' || d.oid as database,
                greatest(
                    (select timeline_id from pg_control_checkpoint()),
                    (select min_recovery_end_timeline from pg_control_recovery())) as timeline,
                case when pg_is_in_recovery()
                    then (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint else -1
                end as position
            from pg_database d where d.datname = current_database()
            """, pool)
        return place.position < 0 ? nil : place
    }

    private static func read(_ statement: SQL, _ pool: Pool) async throws -> LogPlace {
        guard let row = try await pool.read(statement).first else {
            throw PostgresError.decoding("no place in the log")
        }
        return LogPlace(
            database: try row.decode("database"), timeline: try row.decode("timeline"),
            position: try row.decode("position"))
    }
}
