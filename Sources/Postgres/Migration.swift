/// One step of a database's schema.
public struct Migration: Sendable, Hashable {
    /// Its number: 1 and up, without gaps.
    public let version: Int
    /// Its name, for people.
    public let name: String
    /// The statements; they run in one transaction.
    public let sql: String
    /// Whether a program that does not know this step can no longer work with the schema.
    public let breaksOlder: Bool

    /// One step of a schema.
    public init(version: Int, name: String, sql: String, breaksOlder: Bool = false) {
        self.version = version
        self.name = name
        self.sql = sql
        self.breaksOlder = breaksOlder
    }

    /// Tells an edited step from the applied one; line ends do not count. FNV-1a of 64 bits: it
    /// guards against accidents, not against an attacker who could change the table as well.
    public var checksum: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 where byte != 13 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// A step that the database has.
public struct AppliedMigration: Sendable, Hashable {
    /// Its number.
    public let version: Int
    /// Its name when it was applied.
    public let name: String
    /// Its `Migration.checksum` when it was applied.
    public let checksum: String
    /// Whether programs that do not know it cannot work with the schema.
    public let breaksOlder: Bool

    /// A row of the table of applied steps.
    public init(version: Int, name: String, checksum: String, breaksOlder: Bool) {
        self.version = version
        self.name = name
        self.checksum = checksum
        self.breaksOlder = breaksOlder
    }

    init(_ row: Row) throws {
        version = try row.decode("version")
        name = try row.decode("name")
        checksum = try row.decode("checksum")
        breaksOlder = try row.decode("breaks_older")
    }
}

/// How a database's schema compares with the steps a program knows.
public enum SchemaState: Sendable, Equatable {
    /// It has exactly those.
    case current
    /// These are missing.
    case behind([Migration])
    /// It has later ones as well, none of which breaks this program.
    case newerCompatible
    /// It cannot be used, nor migrated, by this program.
    case incompatible(reason: String)
}
