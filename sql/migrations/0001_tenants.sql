-- Tenants and the rule that isolates them.
--
-- A statement sees the rows of one tenant: the one named by the transaction-local setting
-- app.tenant_id. An unset or emptied setting matches nothing. The sub-select in each policy makes
-- the planner evaluate the setting once a statement instead of once a row.
-- Every table forces row-level security, so that it binds the owner's definer functions too.

create table hazina.tenants (
    tenant_id uuid primary key,
    name text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    disabled_at timestamptz,
    constraint tenants_name_check check (char_length(name) between 1 and 255)
);

alter table hazina.tenants enable row level security;
alter table hazina.tenants force row level security;
create policy tenant_isolation on hazina.tenants
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Which tenants there are, and nothing about them: what concerns all tenants goes through this
-- list tenant by tenant. The server's role reaches it through the functions below alone.
create table hazina.tenant_directory (
    tenant_id uuid primary key references hazina.tenants
);

create function hazina.register_tenant() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.tenant_directory (tenant_id) values (new.tenant_id);
    return null;
end $$;

create trigger register_tenant after insert on hazina.tenants
    for each row execute function hazina.register_tenant();

create function hazina.tenant_is_known(p_tenant_id uuid) returns boolean
    language sql stable security definer set search_path = '' as $$
    select exists (select 1 from hazina.tenant_directory where tenant_id = p_tenant_id)
$$;

-- Up to p_limit tenant ids after or before p_cursor (exclusive), nearest to it first.
create function hazina.tenant_ids_after(p_cursor uuid, p_limit integer) returns setof uuid
    language sql stable security definer set search_path = '' as $$
    select tenant_id from hazina.tenant_directory
    where tenant_id > p_cursor order by tenant_id limit p_limit
$$;

create function hazina.tenant_ids_before(p_cursor uuid, p_limit integer) returns setof uuid
    language sql stable security definer set search_path = '' as $$
    select tenant_id from hazina.tenant_directory
    where tenant_id < p_cursor order by tenant_id desc limit p_limit
$$;

-- The row of one tenant, read as that tenant with the caller's rights; leaves no tenant set.
create function hazina.read_tenant(p_tenant_id uuid) returns setof hazina.tenants
    language plpgsql set search_path = '' as $$
begin
    perform set_config('app.tenant_id', p_tenant_id::text, true);
    return query select * from hazina.tenants where tenant_id = p_tenant_id;
    perform set_config('app.tenant_id', '', true);
end $$;

-- The operator's own tenant exists from the first start.
select set_config('app.tenant_id', '00000000-0000-7000-8000-000000000001', true);
insert into hazina.tenants (tenant_id, name)
values ('00000000-0000-7000-8000-000000000001', 'Operator');
