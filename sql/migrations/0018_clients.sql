-- Clients: applications that act for account holders, with the public keys that they sign with.

create table hazina.clients (
    tenant_id uuid not null references hazina.tenants,
    id uuid not null,
    name text not null,
    uri text not null,
    image text not null,
    email text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint clients_text_check check (
        char_length(name) <= 255 and char_length(uri) <= 255 and char_length(image) <= 255
        and char_length(email) <= 255)
);

alter table hazina.clients enable row level security;
alter table hazina.clients force row level security;
create policy tenant_isolation on hazina.clients
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- A revoked key stays, with a member "revoked" in its JWK.
create table hazina.client_keys (
    tenant_id uuid not null,
    -- Chosen by the client, and so in no order.
    id uuid not null,
    client_id uuid not null,
    -- In the order in which they were added.
    position bigint generated always as identity,
    -- A JSON object without white space.
    jwk text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, client_id) references hazina.clients,
    constraint client_keys_jwk_check check (octet_length(jwk) <= 8192 + 32)
);

create index client_keys_client on hazina.client_keys (tenant_id, client_id, position);

alter table hazina.client_keys enable row level security;
alter table hazina.client_keys force row level security;
create policy tenant_isolation on hazina.client_keys
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Finds the tenant of a key. No privilege for the server's role.
create table hazina.client_key_directory (
    client_key_id uuid primary key,
    tenant_id uuid not null,
    foreign key (tenant_id, client_key_id) references hazina.client_keys on delete cascade
);

create function hazina.register_client_key() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.client_key_directory (client_key_id, tenant_id)
    values (new.id, new.tenant_id);
    return null;
end $$;

create trigger register_client_key after insert on hazina.client_keys
    for each row execute function hazina.register_client_key();

-- A key and its client, which anybody may know of; no row for one of a disabled tenant. It leaves no
-- tenant set.
create function hazina.read_client_key(p_id uuid)
    returns table (
        jwk text, client_id uuid, name text, uri text, image text, email text)
    language plpgsql security definer set search_path = '' as $$
declare
    tenant uuid;
begin
    select d.tenant_id into tenant from hazina.client_key_directory d where d.client_key_id = p_id;
    if not found then
        return;
    end if;
    perform set_config('app.tenant_id', tenant::text, true);
    return query
        select k.jwk, c.id, c.name, c.uri, c.image, c.email
        from hazina.client_keys k
        join hazina.clients c on c.tenant_id = k.tenant_id and c.id = k.client_id
        join hazina.tenants t on t.tenant_id = k.tenant_id and t.disabled_at is null
        where k.tenant_id = tenant and k.id = p_id;
    perform set_config('app.tenant_id', '', true);
end $$;
