-- Payment pointers: public addresses of account holders, unique over all tenants.

create table hazina.payment_pointers (
    tenant_id uuid not null references hazina.tenants,
    id uuid not null,
    asset_id uuid not null,
    url text not null,
    normalized_url text not null,
    public_name text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, asset_id) references hazina.assets,
    constraint payment_pointers_url_check check (octet_length(url) between 1 and 2048),
    constraint payment_pointers_normalized_url_check
        check (octet_length(normalized_url) between 1 and 2048),
    constraint payment_pointers_public_name_check check (char_length(public_name) <= 255)
);

alter table hazina.payment_pointers enable row level security;
alter table hazina.payment_pointers force row level security;
create policy tenant_isolation on hazina.payment_pointers
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Finds the tenant of a public address. No privilege for the server's role.
create table hazina.payment_pointer_directory (
    normalized_url text primary key,
    tenant_id uuid not null,
    payment_pointer_id uuid not null,
    foreign key (tenant_id, payment_pointer_id)
        references hazina.payment_pointers on delete cascade
);

create index payment_pointer_directory_pointer
    on hazina.payment_pointer_directory (tenant_id, payment_pointer_id);

create function hazina.register_payment_pointer() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.payment_pointer_directory (normalized_url, tenant_id, payment_pointer_id)
    values (new.normalized_url, new.tenant_id, new.id);
    return null;
end $$;

create trigger register_payment_pointer after insert on hazina.payment_pointers
    for each row execute function hazina.register_payment_pointer();
