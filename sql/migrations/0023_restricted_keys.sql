-- Keys that may be used for some things alone.

alter table hazina.api_keys
    add column is_read_only boolean not null default false,
    -- The root fields that the key may call; null for all that its kind may.
    add column fields text[],
    add constraint api_keys_fields_check check (
        cardinality(fields) between 1 and 500 and array_position(fields, null) is null);

-- The tenant's own keys, in the order of their making.
create index api_keys_of_tenant on hazina.api_keys (tenant_id, id) where payment_pointer_id is null;

-- Who presents this secret, and what may it be used for? No row for an unknown, expired or revoked
-- one, or one of a disabled tenant. An unknown secret takes the steps of a known one, so that the time
-- of the answer does not tell them apart. It leaves no tenant set behind.
create function hazina.identify(p_secret_hash bytea, p_is_session boolean)
    returns table (
        tenant_id uuid, api_key_id uuid, payment_pointer_id uuid, session_id uuid,
        expires_at timestamptz, is_use_due boolean, is_read_only boolean, fields text[])
    language plpgsql security definer set search_path = '' as $$
declare
    -- In place of an unknown secret: a tenant that there is, and an id that nothing has.
    some_tenant constant uuid := '00000000-0000-7000-8000-000000000001';
    nothing constant uuid := '00000000-0000-0000-0000-000000000000';
    entry hazina.credential_directory;
    v_tenant uuid;
    v_id uuid;
begin
    select d.* into entry from hazina.credential_directory d where d.secret_hash = p_secret_hash;
    v_tenant := coalesce(entry.tenant_id, some_tenant);
    v_id := coalesce(
        case when p_is_session then entry.session_id else entry.api_key_id end, nothing);
    perform set_config('app.tenant_id', v_tenant::text, true);
    -- Outer joins, and conditions over all of their tables at once: whatever is wrong with a secret,
    -- the same tables are read.
    if p_is_session then
        return query
            select s.tenant_id, s.api_key_id, s.payment_pointer_id, s.id,
                s.expires_at, false, k.is_read_only, k.fields
            from hazina.tenants t
            left join hazina.sessions s on s.tenant_id = t.tenant_id and s.id = v_id
            left join hazina.api_keys k on k.tenant_id = s.tenant_id and k.id = s.api_key_id
            where t.tenant_id = v_tenant
                and not greatest(
                    s.id is null, k.id is null, t.disabled_at is not null,
                    coalesce(s.expires_at <= now(), true), coalesce(k.expires_at <= now(), false));
    else
        return query
            select k.tenant_id, k.id, k.payment_pointer_id, null::uuid,
                k.expires_at,
                k.last_used_at is null or k.last_used_at < now() - interval '1 minute',
                k.is_read_only, k.fields
            from hazina.tenants t
            left join hazina.api_keys k on k.tenant_id = t.tenant_id and k.id = v_id
            where t.tenant_id = v_tenant
                and not greatest(
                    k.id is null, t.disabled_at is not null,
                    coalesce(k.expires_at <= now(), false));
    end if;
    perform set_config('app.tenant_id', '', true);
end $$;

-- Servers that do not know of restrictions ask this way; to them a restricted key is unknown.
create or replace function hazina.authenticate(p_secret_hash bytea)
    returns table (
        tenant_id uuid, api_key_id uuid, payment_pointer_id uuid, session_id uuid,
        expires_at timestamptz, last_used_at timestamptz, is_use_due boolean)
    language sql security definer set search_path = '' as $$
    select i.tenant_id, i.api_key_id, i.payment_pointer_id, i.session_id, i.expires_at,
        null::timestamptz, i.is_use_due
    from hazina.identify(p_secret_hash, false) i
    where not i.is_read_only and i.fields is null
    union all
    select i.tenant_id, i.api_key_id, i.payment_pointer_id, i.session_id, i.expires_at,
        null::timestamptz, i.is_use_due
    from hazina.identify(p_secret_hash, true) i
    where not i.is_read_only and i.fields is null
$$;
