package import Foundation
package import Postgres

/// The id of a row of one kind, so that an asset's id is not taken for a tenant's.
///
/// Made by the server it is a UUIDv7 (RFC 9562), so that the order of ids is the order of creation.
package struct ID<Owner>: Sendable, Hashable, CustomStringConvertible {
    package let uuid: UUID

    package init(_ uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the hyphenated text of a UUID of any version; nil for anything else.
    package init?(_ text: String) {
        guard let uuid = UUID(text: text) else { return nil }
        self.uuid = uuid
    }

    /// A new id, later in order than every id this process made before.
    package static func next() -> ID {
        ID(UUIDv7.next())
    }

    /// The canonical text: lower case, hyphenated.
    package var description: String { uuid.canonicalText }
}

extension ID: PostgresEncodable {
    package static var postgresType: PostgresType { UUID.postgresType }

    package func encode(into buffer: inout [UInt8]) {
        uuid.encode(into: &buffer)
    }
}
