import Postgres
import TestSupport
import Testing

@testable import App

/// What the server's role may do beyond SQL of its own: a change to it has to be seen.
@Suite struct FunctionGoldenTests {
    @Test func `the functions and privileges of the server's role are the golden file's`()
        async throws
    {
        try await GraphQLTester.with { tester in
            let functions = try await tester.pool.read(
                """
                select p.oid::regprocedure::text || case when p.prosecdef
                    then '  as its owner' else '' end as line
                from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                where n.nspname not in ('pg_catalog', 'information_schema')
                    and has_function_privilege(p.oid, 'execute')
                    and has_schema_privilege(n.oid, 'usage')
                order by 1
                """
            ).map { try $0.decode("line", as: String.self) }
            let tables = try await tester.pool.read(
                """
                select c.relname::text || ': ' || string_agg(
                    p.name || case when has_table_privilege(c.oid, p.name) then '' else ' (' || (
                        select string_agg(a.attname::text, ', ' order by a.attname) from pg_attribute a
                        where a.attrelid = c.oid and a.attnum > 0
                            and has_column_privilege(c.oid, a.attnum, p.name)) || ')' end,
                    ', ' order by p.place) as line
                from pg_class c
                cross join (values (1, 'select'), (2, 'insert'), (3, 'update')) p (place, name)
                where c.relnamespace = 'hazina'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
                    and has_any_column_privilege(c.oid, p.name)
                group by c.oid, c.relname order by c.relname
                """
            ).map { try $0.decode("line", as: String.self) }
            let removable = try await tester.pool.read(
                """
                select c.relname::text as line from pg_class c
                where c.relnamespace = 'hazina'::regnamespace
                    and has_table_privilege(c.oid, 'delete, truncate') order by 1
                """
            ).map { try $0.decode("line", as: String.self) }
            try Golden.check(
                "Tests/Golden/server-role.txt",
                """
                What the server's role may do in the database; `make golden` writes it anew.

                Functions that it may call; those that run as their owner are bound by row-level
                security like itself, or look at directories and queues alone.

                \(functions.joined(separator: "\n"))

                Tables

                \(tables.joined(separator: "\n"))

                Rows may be deleted from: \(removable.joined(separator: ", "))

                """)
        }
    }
}
