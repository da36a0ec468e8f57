-- Answers kept under the keys that callers gave their requests. The row is written in the
-- transaction of the work that it answers for.

create table hazina.idempotency_keys (
    tenant_id uuid not null references hazina.tenants,
    key text not null,
    request_hash bytea not null,
    -- Null only within the transaction that does the work.
    answer bytea,
    created_at timestamptz not null default now(),
    primary key (tenant_id, key),
    constraint idempotency_keys_key_check check (octet_length(key) between 1 and 255),
    constraint idempotency_keys_request_hash_check check (octet_length(request_hash) = 32)
);

create index idempotency_keys_created_at on hazina.idempotency_keys (tenant_id, created_at);

alter table hazina.idempotency_keys enable row level security;
alter table hazina.idempotency_keys force row level security;
create policy tenant_isolation on hazina.idempotency_keys
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
