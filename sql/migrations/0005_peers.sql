-- Peers: other nodes of the network, each with a liquidity account of its own.

-- A deleted peer stays for the history of its account; nothing but that history knows it. Its
-- incoming tokens go, and nothing else of it is unique.
create table hazina.peers (
    tenant_id uuid not null references hazina.tenants,
    id uuid not null,
    asset_id uuid not null,
    -- Compared byte by byte, so that a prefix is a range.
    static_ilp_address text collate "C" not null,
    max_packet_amount numeric(20, 0),
    -- What the peer is sent; it has to stay readable.
    outgoing_auth_token text not null,
    outgoing_endpoint text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (tenant_id, id),
    foreign key (tenant_id, asset_id) references hazina.assets,
    constraint peers_static_ilp_address_check
        check (octet_length(static_ilp_address) between 1 and 1023),
    constraint peers_max_packet_amount_check
        check (max_packet_amount between 1 and 18446744073709551615),
    constraint peers_outgoing_auth_token_check
        check (char_length(outgoing_auth_token) between 1 and 255),
    constraint peers_outgoing_endpoint_check
        check (char_length(outgoing_endpoint) between 1 and 255)
);

-- One index for each way a list is read: of all peers or of an asset's, by either key.
create index peers_listed on hazina.peers (tenant_id, id) where deleted_at is null;
create index peers_listed_by_address
    on hazina.peers (tenant_id, static_ilp_address, id) where deleted_at is null;
create index peers_listed_of_asset
    on hazina.peers (tenant_id, asset_id, id) where deleted_at is null;
create index peers_listed_of_asset_by_address
    on hazina.peers (tenant_id, asset_id, static_ilp_address, id) where deleted_at is null;
create index assets_scale on hazina.assets (tenant_id, scale, id);

alter table hazina.peers enable row level security;
alter table hazina.peers force row level security;
create policy tenant_isolation on hazina.peers
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- The tokens a peer presents, as SHA-256 alone.
create table hazina.peer_incoming_tokens (
    tenant_id uuid not null,
    peer_id uuid not null,
    token_hash bytea not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, peer_id, token_hash),
    foreign key (tenant_id, peer_id) references hazina.peers,
    constraint peer_incoming_tokens_token_hash_check check (octet_length(token_hash) = 32)
);

alter table hazina.peer_incoming_tokens enable row level security;
alter table hazina.peer_incoming_tokens force row level security;
create policy tenant_isolation on hazina.peer_incoming_tokens
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Makes a token unique over all tenants, since it alone says who is calling. No privilege for the
-- server's role. A row goes with its token.
create table hazina.peer_token_directory (
    token_hash bytea primary key,
    tenant_id uuid not null,
    peer_id uuid not null,
    foreign key (tenant_id, peer_id, token_hash)
        references hazina.peer_incoming_tokens on delete cascade
);

create index peer_token_directory_token
    on hazina.peer_token_directory (tenant_id, peer_id, token_hash);

create function hazina.register_peer_token() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.peer_token_directory (token_hash, tenant_id, peer_id)
    values (new.token_hash, new.tenant_id, new.peer_id);
    return null;
end $$;

create trigger register_peer_token after insert on hazina.peer_incoming_tokens
    for each row execute function hazina.register_peer_token();
