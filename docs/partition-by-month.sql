-- Divides a table by months of its ids, which are UUIDs of version 7 and so begin with the time. No row is
-- moved: the table as it is becomes the partition of all that came before the month in "start", which must
-- not have begun. docs/scaling.md says for which tables, and when that is worth it.
--
--   psql -X -v ON_ERROR_STOP=1 -v table=audit_log -v start=2030-01-01 -v months=12 \
--       -f partition-by-month.sql
--
-- As a superuser, or a member of hazina_owner. Nothing waits for long: the rows are read while the table is
-- in use; the exchange at the end takes a lock for some milliseconds, or fails after 5 s and changes nothing.
set role hazina_owner;
set timezone = 'UTC';
set lock_timeout = '5s';
select set_config('partition.table', :'table', false), set_config('partition.start', :'start', false),
    set_config('partition.months', :'months', false) \g /dev/null

-- Proves that no row belongs to a later partition, without a lock that anybody waits for.
do $$
declare
    name constant text := current_setting('partition.table');
    start constant timestamptz := date_trunc('month', current_setting('partition.start')::timestamptz);
begin
    -- Of the others, ids are made by callers, keys are told apart by their names, or foreign keys lead here.
    if name not in ('audit_log', 'webhook_events', 'incoming_payments') then
        raise exception 'hazina.% cannot be divided by month', name;
    end if;
    if (select c.relkind from pg_class c where c.oid = format('hazina.%I', name)::regclass) = 'p' then
        raise exception 'hazina.% is divided already', name;
    end if;
    if start <= now() then
        raise exception 'the month in "start" must not have begun';
    end if;
    execute format('alter table hazina.%I drop constraint if exists is_earlier', name);
    execute format(
        'alter table hazina.%I add constraint is_earlier check (id < %L) not valid', name,
        hazina.uuid_at(start));
end $$;
select format('alter table hazina.%I validate constraint is_earlier', :'table') \gexec

begin;
do $$
declare
    name constant text := current_setting('partition.table');
    old constant text := name || '_earlier';
    months constant integer := current_setting('partition.months');
    start constant timestamptz := date_trunc('month', current_setting('partition.start')::timestamptz);
    source constant oid := format('hazina.%I', name)::regclass;
    options constant text := (
        select coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '')
        from pg_class c where c.oid = source);
    made text[];
    statement text;
    item record;
    part text;
begin
    execute format('lock table hazina.%I in access exclusive mode', name);
    -- Everything that belongs to the table, as it is to be said of the new one.
    select array_agg(s order by n) into made from (
        select 1 as n, format('alter table hazina.%I add constraint %I %s', name, c.conname,
            pg_get_constraintdef(c.oid)) as s
        from pg_constraint c where c.conrelid = source and c.contype in ('p', 'u', 'f')
        union all
        select 2, pg_get_indexdef(i.indexrelid) from pg_index i
        where i.indrelid = source
            and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
        union all
        select 3, format('alter table hazina.%I enable row level security, force row level security', name)
        union all
        select 4, format('create policy %I on hazina.%I using (%s)', p.polname, name,
            pg_get_expr(p.polqual, p.polrelid))
        from pg_policy p where p.polrelid = source
        union all
        select 5, pg_get_triggerdef(t.oid) from pg_trigger t where t.tgrelid = source and not t.tgisinternal
        union all
        select 6, format('grant %s on hazina.%I to %I', a.privilege_type, name, r.rolname)
        from pg_class c, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
        where c.oid = source and a.grantee <> c.relowner
        union all
        select 7, format('grant %s (%I) on hazina.%I to %I', a.privilege_type, k.attname, name, r.rolname)
        from pg_attribute k, aclexplode(k.attacl) a join pg_roles r on r.oid = a.grantee
        where k.attrelid = source and not k.attisdropped
    ) all_of_it (n, s);
    execute format('alter table hazina.%I rename to %I', name, old);
    for item in select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid = source
    loop
        execute format('alter index hazina.%I rename to %I', item.relname, 'earlier_' || item.relname);
    end loop;
    execute format(
        'create table hazina.%I (like hazina.%I including defaults including constraints including storage)'
        ' partition by range (id)', name, old);
    execute format('alter table hazina.%I drop constraint is_earlier', name);
    foreach statement in array made loop
        execute statement;
    end loop;
    for item in select distinct r.rolname from pg_class c, aclexplode(c.relacl) a
        join pg_roles r on r.oid = a.grantee where c.oid = source and a.grantee <> c.relowner
    loop
        execute format('revoke all on hazina.%I from %I', old, item.rolname);
    end loop;
    execute format(
        'alter table hazina.%I attach partition hazina.%I for values from (minvalue) to (%L)', name, old,
        hazina.uuid_at(start));
    execute format('alter table hazina.%I drop constraint is_earlier', old);
    -- Of months for which nobody made a partition, so that nothing is ever refused.
    execute format('create table hazina.%I partition of hazina.%I default%s', name || '_rest', name, options);
    for month in 0 .. months - 1 loop
        part := name || to_char(start + make_interval(months => month), '_YYYY_MM');
        execute format('create table hazina.%I partition of hazina.%I for values from (%L) to (%L)%s', part,
            name, hazina.uuid_at(start + make_interval(months => month)),
            hazina.uuid_at(start + make_interval(months => month + 1)), options);
    end loop;
    -- Nobody reads a partition but through its table.
    for item in select i.inhrelid::regclass as part from pg_inherits i
        where i.inhparent = format('hazina.%I', name)::regclass
    loop
        execute format('alter table %s enable row level security, force row level security', item.part);
    end loop;
end $$;
commit;
reset role;
