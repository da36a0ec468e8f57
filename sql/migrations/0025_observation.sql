-- What the server shows of itself beyond one tenant: numbers alone.

-- When a session ends, so that those that live can be counted without looking into any tenant.
alter table hazina.credential_directory add column session_expires_at timestamptz;

create index credential_directory_session_expires_at
    on hazina.credential_directory (session_expires_at) where session_expires_at is not null;

create or replace function hazina.register_session() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.credential_directory (secret_hash, tenant_id, session_id, session_expires_at)
    values (new.secret_hash, new.tenant_id, new.id, new.expires_at);
    return null;
end $$;

create function hazina.extend_session() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    update hazina.credential_directory d set session_expires_at = new.expires_at
    where d.tenant_id = new.tenant_id and d.session_id = new.id;
    return null;
end $$;

create trigger extend_session after update of expires_at on hazina.sessions
    for each row execute function hazina.extend_session();

-- Sessions of before. No statement is over all tenants: each one's are read as that tenant.
do $$
declare
    tenant uuid;
begin
    for tenant in select d.tenant_id from hazina.tenant_directory d order by 1 loop
        perform set_config('app.tenant_id', tenant::text, true);
        update hazina.credential_directory d set session_expires_at = s.expires_at
        from hazina.sessions s
        where s.tenant_id = tenant and d.tenant_id = tenant and d.session_id = s.id;
    end loop;
    perform set_config('app.tenant_id', '', true);
end $$;

-- The oldest work that is due and that nobody does, as seconds of delay; how many subjects have
-- events that wait, and how many sessions live. What is counted is counted so far and no further,
-- so that asking stays cheap. p_everybody: as in webhooks_next_tenant.
create function hazina.observe(
    p_everybody boolean, out payments_lag double precision, out expiries_lag double precision,
    out webhooks_lag double precision, out webhook_subjects bigint, out sessions bigint)
    language plpgsql stable security definer set search_path = '' as $$
declare
    moment constant timestamptz := clock_timestamp();
begin
    select greatest(0, extract(epoch from moment - min(w.due_at))) into payments_lag
    from hazina.work w;
    select greatest(0, extract(epoch from moment - min(e.expires_at))) into expiries_lag
    from hazina.ledger_expiries e;
    select count(*), greatest(0, extract(epoch from moment - min(q.due_at)))
    into webhook_subjects, webhooks_lag
    from (
        select d.due_at from hazina.webhook_queue d
        where p_everybody
            or exists (select from hazina.webhook_receivers r where r.tenant_id = d.tenant_id)
        limit 100000
    ) q;
    select count(*) into sessions
    from (
        select from hazina.credential_directory d where d.session_expires_at > moment
        limit 1000000
    ) s;
end $$;

-- How many events wait to be delivered: of the tenants with the most subjects that have any, and of
-- each no more than 10000. It leaves no tenant set behind, as authenticate does not.
create function hazina.observe_webhooks(p_everybody boolean, p_limit integer)
    returns table (tenant_id uuid, waiting bigint)
    language plpgsql security definer set search_path = '' as $$
begin
    for tenant_id in
        select q.tenant_id
        from (
            select d.tenant_id from hazina.webhook_queue d
            where p_everybody
                or exists (select from hazina.webhook_receivers r where r.tenant_id = d.tenant_id)
            limit 100000
        ) q
        group by q.tenant_id order by count(*) desc, q.tenant_id limit p_limit
    loop
        perform set_config('app.tenant_id', tenant_id::text, true);
        select count(*) into waiting
        from (
            select from hazina.webhook_events e
            where e.tenant_id = observe_webhooks.tenant_id and e.state = 'PENDING' limit 10000
        ) w;
        return next;
    end loop;
    perform set_config('app.tenant_id', '', true);
end $$;
