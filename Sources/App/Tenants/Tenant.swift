import Foundation
package import Postgres

/// A company on the server.
package struct Tenant: Sendable {
    package let id: TenantID
    package let name: String
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    /// Set once the tenant was deleted: its keys are refused, its rows stay.
    package let disabledAt: Timestamp?

    package var isOperator: Bool { id == .operator }
}

package typealias TenantID = ID<Tenant>

extension ID where Owner == Tenant {
    /// The operator's own tenant, which the first migration makes.
    package static let `operator` = ID(
        UUID(uuid: (0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1)))
}

extension Tenant: PageNode {
    package var cursor: String { id.description }
}

/// What can be wrong with an operation on tenants.
enum TenantError: DomainError {
    case unknown
    case notFound
    case operatorTenant
    case holdsBalance

    var code: String {
        switch self {
        case .unknown, .notFound: "404"
        case .operatorTenant: "403"
        case .holdsBalance: "409"
        }
    }

    var message: String {
        switch self {
        case .unknown: "Unknown tenant"
        case .notFound: "No tenant"
        case .operatorTenant: "The operator's own tenant cannot be deleted"
        case .holdsBalance: "The tenant holds a balance: withdraw it first"
        }
    }
}
