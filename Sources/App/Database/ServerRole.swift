package import Postgres

/// What makes the role of a connection unfit to serve: row-level security would not bind it.
package enum RoleProblem: Sendable, Equatable, CustomStringConvertible {
    case superuser(role: String)
    case bypassesRowLevelSecurity(role: String)
    case ownsObjects(role: String, count: Int)
    case memberOfOwner(role: String)
    /// It can make itself a member of the owner, or already is one of a role that is bound by
    /// nothing.
    case canEscape(role: String, reason: String)

    package var description: String {
        switch self {
        case .superuser(let role):
            "role \"\(role)\" is a superuser, whom row-level security does not bind"
        case .bypassesRowLevelSecurity(let role):
            "role \"\(role)\" has BYPASSRLS, so row-level security does not bind it"
        case .ownsObjects(let role, let count):
            "role \"\(role)\" owns \(count) object(s) in this database"
        case .memberOfOwner(let role):
            "role \"\(role)\" is a member of \(DatabaseSetup.ownerRole), which owns the tables"
        case .canEscape(let role, let reason):
            "role \"\(role)\" \(reason), so it can lift row-level security"
        }
    }
}

/// Checks that the server's role is one that tenants can be kept apart with.
package enum ServerRole {
    /// All that is wrong with the role of the pool's connections; empty if it is fit.
    package static func problems(_ pool: Pool) async throws -> [RoleProblem] {
        let rows = try await pool.read(
            """
            -- setup.server_role
            select r.rolname::text as role, r.rolsuper, r.rolbypassrls, r.rolcreaterole,
                exists (
                    select 1 from pg_roles o
                    where (o.rolsuper or o.rolbypassrls) and o.oid <> r.oid
                        and pg_has_role(r.oid, o.oid, 'member')
                ) as is_member_of_unbound,
                (
                    select count(*) from pg_shdepend d
                    where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid
                        and d.deptype = 'o'
                        and d.dbid in (
                            0, (select oid from pg_database where datname = current_database()))
                ) as owned,
                exists (
                    select 1 from pg_roles o
                    where o.rolname = \(DatabaseSetup.ownerRole)
                        and pg_has_role(r.oid, o.oid, 'member')
                ) as is_member
            from pg_roles r where r.rolname = current_user
            """)
        guard let row = rows.first else { return [] }
        let role: String = try row.decode("role")
        if try row.decode("rolsuper") { return [.superuser(role: role)] }
        var problems: [RoleProblem] = []
        if try row.decode("rolbypassrls") {
            problems.append(.bypassesRowLevelSecurity(role: role))
        }
        let owned: Int64 = try row.decode("owned")
        if owned > 0 { problems.append(.ownsObjects(role: role, count: Int(owned))) }
        if try row.decode("is_member") { problems.append(.memberOfOwner(role: role)) }
        if try row.decode("rolcreaterole") {
            problems.append(.canEscape(role: role, reason: "has CREATEROLE"))
        }
        if try row.decode("is_member_of_unbound") {
            problems.append(
                .canEscape(role: role, reason: "is a member of a SUPERUSER or BYPASSRLS role"))
        }
        return problems
    }
}
