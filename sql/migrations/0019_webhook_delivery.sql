-- Where a tenant's events go, and the queue of their delivery.

-- A test event is about no payment pointer.
alter table hazina.webhook_events alter column payment_pointer_id drop not null;
alter table hazina.webhook_events
    -- From when on it counts how long an event may take to be delivered.
    add column queued_at timestamptz not null default now(),
    -- Null once the event is delivered or failed.
    add column next_attempt_at timestamptz default now(),
    -- Why the last attempt failed; null when there was none, or it did not.
    add column failure text;

create index webhook_events_pending on hazina.webhook_events (tenant_id, subject_id, id)
    where state = 'PENDING';
create index webhook_events_undelivered on hazina.webhook_events (tenant_id, state, id)
    where state <> 'DELIVERED';
create index webhook_events_payment_pointer_id
    on hazina.webhook_events (tenant_id, payment_pointer_id, id);
create index webhook_events_type on hazina.webhook_events (tenant_id, type, id);

create table hazina.webhooks (
    tenant_id uuid primary key references hazina.tenants,
    url text not null,
    -- Signs what is sent, so that it must be known here.
    secret text not null,
    -- Signs too, until it expires.
    previous_secret text,
    previous_expires_at timestamptz,
    -- Since when events go to this URL.
    url_since timestamptz not null default now(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint webhooks_url_check check (char_length(url) between 1 and 2048),
    constraint webhooks_previous_check check (
        num_nonnulls(previous_secret, previous_expires_at) in (0, 2))
);

alter table hazina.webhooks enable row level security;
alter table hazina.webhooks force row level security;
create policy tenant_isolation on hazina.webhooks
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Which tenants have a URL of their own. No privilege for the server's role.
create table hazina.webhook_receivers (
    tenant_id uuid primary key references hazina.webhooks on delete cascade
);

create function hazina.register_webhook() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.webhook_receivers (tenant_id) values (new.tenant_id);
    return null;
end $$;

create trigger register_webhook after insert on hazina.webhooks
    for each row execute function hazina.register_webhook();

-- The subjects that have pending events, over all tenants; the event to deliver is the pending one
-- with the lowest id. No privilege for the server's role.
create table hazina.webhook_queue (
    tenant_id uuid not null,
    subject_id uuid not null,
    -- When the next attempt may be made; while one is under way, when it is taken for lost.
    due_at timestamptz not null,
    -- Of whoever makes the attempt; null when nobody does.
    claim uuid,
    primary key (tenant_id, subject_id)
) with (fillfactor = 70);

create index webhook_queue_due_at on hazina.webhook_queue (tenant_id, due_at);

-- The row is locked if it is there, so that whoever delivers the subject's last event does not take
-- it away before the new one can be seen.
create function hazina.queue_webhook_events() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.webhook_queue as q (tenant_id, subject_id, due_at)
    select distinct e.tenant_id, e.subject_id, now() from inserted e where e.state = 'PENDING'
    order by 1, 2
    on conflict (tenant_id, subject_id) do update set due_at = q.due_at;
    return null;
end $$;

create trigger queue_webhook_events after insert on hazina.webhook_events
    referencing new table as inserted
    for each statement execute function hazina.queue_webhook_events();

-- The next tenant after p_after with something to deliver now; null if there is none.
-- p_everybody: tenants without a URL of their own are delivered too, to the operator's.
create function hazina.webhooks_next_tenant(p_after uuid, p_everybody boolean) returns uuid
    language plpgsql stable security definer set search_path = '' set enable_seqscan = off as $$
declare
    moment constant timestamptz := clock_timestamp();
    tenant uuid := p_after;
    due timestamptz;
begin
    loop
        if p_everybody then
            select q.tenant_id, q.due_at into tenant, due from hazina.webhook_queue q
            where q.tenant_id > tenant order by q.tenant_id, q.due_at limit 1;
        else
            select r.tenant_id into tenant from hazina.webhook_receivers r
            where r.tenant_id > tenant order by r.tenant_id limit 1;
            select q.due_at into due from hazina.webhook_queue q
            where q.tenant_id = tenant order by q.due_at limit 1;
        end if;
        if tenant is null or due <= moment then
            return tenant;
        end if;
    end loop;
end $$;

-- Claims up to p_limit subjects for p_seconds: tenants in turn from p_after on, up to p_each of one,
-- or as many as p_free says for those of p_tenants.
create function hazina.webhooks_claim(
    p_after uuid, p_limit integer, p_each integer, p_tenants uuid[], p_free integer[],
    p_everybody boolean, p_seconds double precision)
    returns table (tenant_id uuid, subject_id uuid, claim uuid)
    language plpgsql security definer set search_path = '' set enable_seqscan = off as $$
declare
    lowest constant uuid := '00000000-0000-0000-0000-000000000000';
    moment constant timestamptz := clock_timestamp();
    tenant uuid := p_after;
    is_second_round boolean := p_after = lowest;
    remaining integer := p_limit;
    allowed integer;
    taken integer;
begin
    while remaining > 0 loop
        tenant := hazina.webhooks_next_tenant(tenant, p_everybody);
        if tenant is null then
            exit when is_second_round;
            is_second_round := true;
            tenant := lowest;
            continue;
        end if;
        exit when is_second_round and p_after <> lowest and tenant > p_after;
        allowed := least(
            coalesce(p_free[array_position(p_tenants, tenant)], p_each), remaining);
        if allowed > 0 then
            return query
            with due as materialized (
                select d.tenant_id, d.subject_id from hazina.webhook_queue d
                where d.tenant_id = tenant and d.due_at <= moment
                order by d.due_at limit allowed for update skip locked
            )
            update hazina.webhook_queue q
            set due_at = moment + make_interval(secs => p_seconds), claim = gen_random_uuid()
            from due where q.tenant_id = due.tenant_id and q.subject_id = due.subject_id
            returning q.tenant_id, q.subject_id, q.claim;
            get diagnostics taken = row_count;
            remaining := remaining - taken;
        end if;
    end loop;
end $$;

-- Ends a claim of the current tenant: records what came of the attempt and makes way for the
-- subject's next event. Without an event the claim was for nothing.
-- p_seconds: how long after it was queued an event is given up.
-- state: of the event now; null if the claim was lost in the meantime.
-- has_more: whether the subject has an event that can be delivered now.
create function hazina.webhook_finish(
    p_subject_id uuid, p_claim uuid, p_event_id uuid, p_is_delivered boolean,
    p_status_code smallint, p_failure text, p_seconds double precision,
    out state text, out has_more boolean)
    language plpgsql security definer set search_path = '' as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    moment constant timestamptz := clock_timestamp();
    jitter constant double precision := 0.8 + 0.4 * random();
    since timestamptz;
    next_attempt timestamptz;
begin
    has_more := false;
    perform from hazina.webhook_queue q
    where q.tenant_id = tenant and q.subject_id = p_subject_id and q.claim = p_claim
    for update;
    if not found then
        return;
    end if;
    select w.url_since into since from hazina.webhooks w where w.tenant_id = tenant;
    update hazina.webhook_events e
    set state = case
            when p_is_delivered then 'DELIVERED'
            when moment >= greatest(e.queued_at, since) + make_interval(secs => p_seconds)
                then 'FAILED'
            else 'PENDING'
        end,
        attempts = e.attempts + 1, status_code = p_status_code, failure = p_failure,
        next_attempt_at =
            moment + make_interval(secs => least(e.attempts + 1, 6) * 10 * jitter),
        updated_at = moment
    where e.tenant_id = tenant and e.id = p_event_id and e.state = 'PENDING'
    returning e.state, e.next_attempt_at into state, next_attempt;
    if state = 'PENDING' then
        update hazina.webhook_queue q set due_at = next_attempt, claim = null
        where q.tenant_id = tenant and q.subject_id = p_subject_id;
        return;
    end if;
    update hazina.webhook_events e set next_attempt_at = null
    where e.tenant_id = tenant and e.id = p_event_id and e.state <> 'PENDING';
    has_more := exists (
        select from hazina.webhook_events e
        where e.tenant_id = tenant and e.subject_id = p_subject_id and e.state = 'PENDING');
    if has_more then
        update hazina.webhook_queue q set due_at = moment, claim = null
        where q.tenant_id = tenant and q.subject_id = p_subject_id;
    else
        delete from hazina.webhook_queue q
        where q.tenant_id = tenant and q.subject_id = p_subject_id;
    end if;
end $$;

-- Queues an event of the current tenant again that was delivered or given up; false for any other.
create function hazina.webhook_resend(p_event_id uuid) returns boolean
    language plpgsql security definer set search_path = '' as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    subject uuid;
begin
    -- The queue's row before the event's, as webhook_finish has it.
    insert into hazina.webhook_queue as q (tenant_id, subject_id, due_at)
    select e.tenant_id, e.subject_id, now() from hazina.webhook_events e
    where e.tenant_id = tenant and e.id = p_event_id and e.state <> 'PENDING'
    on conflict (tenant_id, subject_id) do update set due_at = q.due_at
    returning q.subject_id into subject;
    update hazina.webhook_events e
    set state = 'PENDING', attempts = 0, queued_at = now(), next_attempt_at = now(),
        updated_at = now()
    where e.tenant_id = tenant and e.id = p_event_id and e.state <> 'PENDING';
    return found;
end $$;

-- Makes everything of the current tenant due that waits for its next attempt.
create function hazina.webhooks_hurry() returns void
    language plpgsql security definer set search_path = '' as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
begin
    with waiting as materialized (
        select q.subject_id from hazina.webhook_queue q
        where q.tenant_id = tenant and q.claim is null and q.due_at > now()
        order by q.subject_id for update skip locked
    )
    update hazina.webhook_queue q set due_at = now() from waiting w
    where q.tenant_id = tenant and q.subject_id = w.subject_id;
end $$;

-- The events that were pending before there was a queue. The queue is over all tenants, but no
-- statement is: each tenant's are read as that tenant.
do $$
declare
    tenant uuid;
begin
    for tenant in select d.tenant_id from hazina.tenant_directory d order by 1 loop
        perform set_config('app.tenant_id', tenant::text, true);
        insert into hazina.webhook_queue (tenant_id, subject_id, due_at)
        select distinct e.tenant_id, e.subject_id, now() from hazina.webhook_events e
        where e.tenant_id = tenant and e.state = 'PENDING';
    end loop;
    perform set_config('app.tenant_id', '', true);
end $$;
