-- Finds a key valid within the transaction that depends on it.

-- Fails the transaction, with the SQLSTATE HZ401, unless the current tenant is in use and has this key
-- of its own, without restrictions, which ends when it is thought to and has not ended yet. It reads as
-- whoever calls it.
create function hazina.confirm_tenant_key(p_id uuid, p_expires_at timestamptz) returns void
    language plpgsql stable set search_path = '' as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
begin
    perform from hazina.tenants t
    join hazina.api_keys k on k.tenant_id = t.tenant_id
    where t.tenant_id = tenant and t.disabled_at is null
        and k.tenant_id = tenant and k.id = p_id and k.payment_pointer_id is null
        and not k.is_read_only and k.fields is null
        and k.expires_at is not distinct from p_expires_at
        and (k.expires_at is null or k.expires_at > now());
    if not found then
        raise exception 'the key is not valid' using errcode = 'HZ401';
    end if;
end $$;
