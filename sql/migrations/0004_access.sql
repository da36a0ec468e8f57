-- API keys and sessions. Secrets are 256-bit random texts, kept as SHA-256 alone.

-- A key without a payment pointer administers its tenant; one with a payment pointer is redeemed
-- for sessions of that payment pointer.
create table hazina.api_keys (
    tenant_id uuid not null references hazina.tenants,
    id uuid not null,
    payment_pointer_id uuid,
    secret_hash bytea not null,
    prefix text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, payment_pointer_id) references hazina.payment_pointers,
    constraint api_keys_secret_hash_check check (octet_length(secret_hash) = 32)
);

create index api_keys_payment_pointer on hazina.api_keys (tenant_id, payment_pointer_id, id);

alter table hazina.api_keys enable row level security;
alter table hazina.api_keys force row level security;
create policy tenant_isolation on hazina.api_keys
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

create table hazina.sessions (
    tenant_id uuid not null,
    id uuid not null,
    api_key_id uuid not null,
    payment_pointer_id uuid not null,
    secret_hash bytea not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    -- Refreshing never extends a session past this.
    final_expires_at timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, api_key_id) references hazina.api_keys on delete cascade,
    foreign key (tenant_id, payment_pointer_id) references hazina.payment_pointers,
    constraint sessions_secret_hash_check check (octet_length(secret_hash) = 32),
    constraint sessions_expiry_check check (expires_at <= final_expires_at)
);

create index sessions_api_key on hazina.sessions (tenant_id, api_key_id);
create index sessions_payment_pointer on hazina.sessions (tenant_id, payment_pointer_id);

alter table hazina.sessions enable row level security;
alter table hazina.sessions force row level security;
create policy tenant_isolation on hazina.sessions
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Finds the tenant of a secret. No privilege for the server's role. The rows go with what they
-- point to, so that a deleted key or session is unknown from that commit on.
create table hazina.credential_directory (
    secret_hash bytea primary key,
    tenant_id uuid not null,
    api_key_id uuid,
    session_id uuid,
    foreign key (tenant_id, api_key_id) references hazina.api_keys on delete cascade,
    foreign key (tenant_id, session_id) references hazina.sessions on delete cascade,
    constraint credential_directory_target_check check (num_nonnulls(api_key_id, session_id) = 1)
);

create index credential_directory_api_key
    on hazina.credential_directory (tenant_id, api_key_id) where api_key_id is not null;
create index credential_directory_session
    on hazina.credential_directory (tenant_id, session_id) where session_id is not null;

create function hazina.register_api_key() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.credential_directory (secret_hash, tenant_id, api_key_id)
    values (new.secret_hash, new.tenant_id, new.id);
    return null;
end $$;

create trigger register_api_key after insert on hazina.api_keys
    for each row execute function hazina.register_api_key();

create function hazina.register_session() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.credential_directory (secret_hash, tenant_id, session_id)
    values (new.secret_hash, new.tenant_id, new.id);
    return null;
end $$;

create trigger register_session after insert on hazina.sessions
    for each row execute function hazina.register_session();

-- Who presents this secret? No row for an unknown, expired or revoked one, or one of a disabled
-- tenant. It leaves no tenant set behind: what follows in the transaction may be somebody else's.
create function hazina.authenticate(p_secret_hash bytea)
    returns table (
        tenant_id uuid, api_key_id uuid, payment_pointer_id uuid, session_id uuid,
        expires_at timestamptz, last_used_at timestamptz, is_use_due boolean)
    language plpgsql security definer set search_path = '' as $$
declare
    entry hazina.credential_directory;
begin
    select d.* into entry from hazina.credential_directory d where d.secret_hash = p_secret_hash;
    if not found then
        return;
    end if;
    perform set_config('app.tenant_id', entry.tenant_id::text, true);
    if entry.session_id is not null then
        return query
            select s.tenant_id, s.api_key_id, s.payment_pointer_id, s.id,
                s.expires_at, k.last_used_at, false
            from hazina.sessions s
            join hazina.api_keys k on k.tenant_id = s.tenant_id and k.id = s.api_key_id
            join hazina.tenants t on t.tenant_id = s.tenant_id
            where s.tenant_id = entry.tenant_id and s.id = entry.session_id
                and s.expires_at > now() and (k.expires_at is null or k.expires_at > now())
                and t.disabled_at is null;
    else
        return query
            select k.tenant_id, k.id, k.payment_pointer_id, null::uuid,
                k.expires_at, k.last_used_at,
                k.last_used_at is null or k.last_used_at < now() - interval '1 minute'
            from hazina.api_keys k
            join hazina.tenants t on t.tenant_id = k.tenant_id
            where k.tenant_id = entry.tenant_id and k.id = entry.api_key_id
                and (k.expires_at is null or k.expires_at > now())
                and t.disabled_at is null;
    end if;
    perform set_config('app.tenant_id', '', true);
end $$;
