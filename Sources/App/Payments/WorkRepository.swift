import Foundation
import Postgres

/// Something that has to be done at a time, and who is to do it.
package enum WorkKind: String, CaseIterable, Sendable {
    /// An incoming payment expires.
    case incomingPayment = "incoming_payment"
    /// An outgoing payment is sent, sent again, or was never funded.
    case outgoingPayment = "outgoing_payment"
    /// A payment pointer's money is told of.
    case paymentPointer = "payment_pointer"
}

/// All SQL of work that is done in the background.
struct WorkRepository: Sendable {
    let database: Database

    /// Puts pieces of work off to a time each, in seconds from now.
    static func schedule(_ kind: WorkKind, _ subjects: [UUID], inSeconds seconds: [Double]) -> SQL {
        """
        -- work.schedule
        select hazina.work_schedule(\(kind.rawValue), \(subjects),
            array(select clock_timestamp() + make_interval(secs => s.seconds)
                from unnest(\(seconds)) with ordinality s (seconds, n) order by s.n))
        """
    }

    /// Forgets work that is done.
    static func finish(_ kind: WorkKind, _ subjects: [UUID]) -> SQL {
        """
        -- work.finish
        select hazina.work_finish(\(kind.rawValue), \(subjects))
        """
    }

    /// Pieces of one kind of a tenant's work.
    struct Claim: Hashable, Sendable {
        let tenant: TenantID
        let kind: WorkKind
    }

    /// Takes due work of any tenant, so that nobody else takes it for `lease` seconds.
    func claim(limit: Int, lease: Double) async throws -> [Claim: [UUID]] {
        let rows = try await database.claim(
            """
            -- work.claim
            select tenant_id, kind, subject_id
            from hazina.work_claim(
                \(WorkKind.allCases.map(\.rawValue)), \(Int32(clamping: limit)), \(lease))
            """)
        var work: [Claim: [UUID]] = [:]
        for row in rows {
            guard let kind = WorkKind(rawValue: try row.decode("kind")) else { continue }
            let claim = Claim(tenant: try row.id("tenant_id"), kind: kind)
            work[claim, default: []].append(try row.decode("subject_id"))
        }
        return work
    }
}
