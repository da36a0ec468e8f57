-- What has had its time is removed, tenant by tenant, in small batches.

create index sessions_expires_at on hazina.sessions (tenant_id, expires_at);

-- Up to which id the rows of a kind have been looked at: what was not removed then stays.
create table hazina.retention_marks (
    tenant_id uuid not null references hazina.tenants,
    kind text not null,
    last_id uuid not null,
    primary key (tenant_id, kind),
    constraint retention_marks_kind_check check (kind in ('quote', 'event'))
);

alter table hazina.retention_marks enable row level security;
alter table hazina.retention_marks force row level security;
create policy tenant_isolation on hazina.retention_marks
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- The least UUIDv7 of a time.
create function hazina.uuid_at(p_time timestamptz) returns uuid
    language sql immutable set search_path = '' as $$
    select (lpad(to_hex((extract(epoch from p_time) * 1000)::bigint), 12, '0')
        || '70008000000000000000')::uuid
$$;
