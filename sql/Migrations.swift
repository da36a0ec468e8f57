/// The numbered migrations of this folder, embedded so that the server is one binary.
package enum Migrations {
    /// One migration: a file `migrations/NNNN_name.sql`.
    package struct File: Sendable {
        package let version: Int
        package let name: String
        package let sql: String
        /// Servers that do not know this migration must not run on a database that has it.
        package let breaksOlder: Bool
    }

    /// All migrations in order, numbered from 1 without a gap.
    package static let all: [File] = [
        file(1, "tenants", PackageResources._001_tenants_sql),
        file(2, "assets", PackageResources._002_assets_sql),
        file(3, "payment_pointers", PackageResources._003_payment_pointers_sql),
        file(4, "access", PackageResources._004_access_sql),
        file(5, "peers", PackageResources._005_peers_sql),
        file(6, "ledger_transfers", PackageResources._006_ledger_transfers_sql),
        file(7, "ledger_balances", PackageResources._007_ledger_balances_sql),
        file(8, "ledger_apply", PackageResources._008_ledger_apply_sql),
        file(9, "ledger_batches", PackageResources._009_ledger_batches_sql),
        file(10, "idempotency", PackageResources._010_idempotency_sql),
        file(11, "webhook_events", PackageResources._011_webhook_events_sql),
        file(12, "ledger_kinds", PackageResources._012_ledger_kinds_sql),
        file(13, "payments", PackageResources._013_payments_sql),
        file(14, "positions", PackageResources._014_positions_sql),
        file(15, "prices_url", PackageResources._015_prices_url_sql),
        file(16, "asset_fees", PackageResources._016_asset_fees_sql),
        file(
            17, "active_payment_pointers", PackageResources._017_active_payment_pointers_sql),
        file(18, "clients", PackageResources._018_clients_sql),
        file(19, "webhook_delivery", PackageResources._019_webhook_delivery_sql),
        file(20, "retention", PackageResources._020_retention_sql),
        file(21, "ledger_speed", PackageResources._021_ledger_speed_sql),
        file(22, "list_indexes", PackageResources._022_list_indexes_sql),
        file(23, "restricted_keys", PackageResources._023_restricted_keys_sql),
        file(24, "audit_log", PackageResources._024_audit_log_sql),
        file(25, "observation", PackageResources._025_observation_sql),
        file(26, "confirmed_keys", PackageResources._026_confirmed_keys_sql),
        file(27, "leaner_batches", PackageResources._027_leaner_batches_sql),
        file(28, "plain_batches", PackageResources._028_plain_batches_sql),
        file(29, "pairs", PackageResources._029_pairs_sql),
    ]

    /// What the server's role may do; `:server` stands for its quoted name.
    package static let grants = String(decoding: PackageResources.grants_sql, as: UTF8.self)

    private static func file(
        _ version: Int, _ name: String, _ bytes: [UInt8], breaksOlder: Bool = false
    ) -> File {
        File(
            version: version, name: name, sql: String(decoding: bytes, as: UTF8.self),
            breaksOlder: breaksOlder)
    }
}
