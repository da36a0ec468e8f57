import Foundation
package import Postgres

/// Something that has to be done at a time, and who is to do it.
package enum WorkKind: String, Sendable {
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

    /// Takes due work of any tenant, so that nobody else takes it for `lease` seconds.
    func claim(
        _ kind: WorkKind, limit: Int, lease: Double
    ) async throws -> [TenantID: [UUID]] {
        let rows = try await database.pool.write([
            """
            -- work.claim
            select tenant_id, subject_id
            from hazina.work_claim(\(kind.rawValue), \(Int32(clamping: limit)), \(lease))
            """
        ])
        var work: [TenantID: [UUID]] = [:]
        for row in rows.first ?? Rows.none {
            work[try row.id("tenant_id"), default: []].append(try row.decode("subject_id"))
        }
        return work
    }
}
