-- Who administered what, and when. The server's role adds rows and reads them; nobody changes one.

create table hazina.audit_log (
    tenant_id uuid not null references hazina.tenants,
    id uuid not null,
    created_at timestamptz not null default now(),
    -- The caller's kind; its key and, for a session, that session. The operator's key has no id.
    role text not null,
    key_id uuid,
    session_id uuid,
    operation text not null,
    -- What it concerned, as far as that is known.
    subject_id uuid,
    -- What it was answered with, an HTTP status as text.
    code text not null,
    -- JSON, without secrets.
    arguments text not null,
    client_address text,
    request_id text not null,
    primary key (tenant_id, id),
    constraint audit_log_role_check check (role in ('OPERATOR', 'TENANT', 'SESSION')),
    constraint audit_log_code_check check (code ~ '^[2-5][0-9]{2}$'),
    constraint audit_log_length_check check (
        char_length(operation) <= 100 and octet_length(arguments) <= 4096
        and char_length(client_address) <= 64 and char_length(request_id) <= 128)
);

alter table hazina.audit_log enable row level security;
alter table hazina.audit_log force row level security;
create policy tenant_isolation on hazina.audit_log
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

create function hazina.keep_audit_log() returns trigger
    language plpgsql set search_path = '' as $$
begin
    raise exception 'the audit log is never changed' using errcode = 'insufficient_privilege';
end $$;

create trigger keep_audit_log before update or truncate on hazina.audit_log
    for each statement execute function hazina.keep_audit_log();

-- Removes up to p_limit of the tenant's oldest rows that are older than p_days. Who has got hold of the
-- server's role cannot remove what is younger than 30 days.
create function hazina.audit_log_expire(p_days integer, p_limit integer) returns bigint
    language plpgsql security definer set search_path = '' as $$
declare
    tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    removed bigint;
begin
    if p_days is null or p_days < 30 then
        raise exception 'the audit log is kept for 30 days or more'
            using errcode = 'insufficient_privilege';
    end if;
    with due as (
        select a.id from hazina.audit_log a
        where a.tenant_id = tenant
            and a.id < hazina.uuid_at(now() - make_interval(days => p_days))
            and a.created_at < now() - make_interval(days => p_days)
        order by a.id limit p_limit for update skip locked
    )
    delete from hazina.audit_log a using due where a.tenant_id = tenant and a.id = due.id;
    get diagnostics removed = row_count;
    return removed;
end $$;
