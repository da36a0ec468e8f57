-- Incoming payments, quotes and outgoing payments, and what has to be done about them in time.

create table hazina.incoming_payments (
    tenant_id uuid not null,
    id uuid not null,
    payment_pointer_id uuid not null,
    asset_id uuid not null,
    state text not null default 'PENDING',
    -- What is to arrive; null for anything.
    incoming_amount numeric(20, 0),
    received_amount numeric(20, 0) not null default 0,
    description text,
    external_ref text,
    -- The caller's own: names and texts in turn.
    metadata text[] not null default '{}',
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, payment_pointer_id) references hazina.payment_pointers,
    constraint incoming_payments_state_check
        check (state in ('PENDING', 'PROCESSING', 'COMPLETED', 'EXPIRED')),
    constraint incoming_payments_incoming_amount_check
        check (incoming_amount between 1 and 18446744073709551615),
    constraint incoming_payments_received_amount_check
        check (received_amount between 0 and coalesce(incoming_amount, 18446744073709551615)),
    constraint incoming_payments_description_check check (char_length(description) <= 255),
    constraint incoming_payments_external_ref_check check (char_length(external_ref) <= 255),
    constraint incoming_payments_metadata_check
        check (cardinality(metadata) <= 100 and cardinality(metadata) % 2 = 0)
) with (fillfactor = 80);

create index incoming_payments_payment_pointer
    on hazina.incoming_payments (tenant_id, payment_pointer_id, id);

alter table hazina.incoming_payments enable row level security;
alter table hazina.incoming_payments force row level security;
create policy tenant_isolation on hazina.incoming_payments
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Never changed. The receiver may be another tenant's; its asset is named, not referred to.
create table hazina.quotes (
    tenant_id uuid not null,
    id uuid not null,
    payment_pointer_id uuid not null,
    asset_id uuid not null,
    receiver text not null,
    receiver_tenant_id uuid not null,
    receiver_payment_id uuid not null,
    receive_asset_code text not null,
    receive_asset_scale smallint not null,
    send_amount numeric(20, 0) not null,
    -- The part of what is sent that the tenant keeps.
    fee_amount numeric(20, 0) not null,
    receive_amount numeric(20, 0) not null,
    exchange_rate double precision not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, payment_pointer_id) references hazina.payment_pointers,
    constraint quotes_send_amount_check check (send_amount between 1 and 18446744073709551615),
    constraint quotes_receive_amount_check
        check (receive_amount between 1 and 18446744073709551615),
    constraint quotes_fee_amount_check check (fee_amount >= 0 and fee_amount < send_amount),
    constraint quotes_receiver_check check (octet_length(receiver) <= 4096)
);

create index quotes_payment_pointer on hazina.quotes (tenant_id, payment_pointer_id, id);

alter table hazina.quotes enable row level security;
alter table hazina.quotes force row level security;
create policy tenant_isolation on hazina.quotes
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- The id of an outgoing payment is that of its quote, so that a quote is used once.
create table hazina.outgoing_payments (
    tenant_id uuid not null,
    id uuid not null,
    payment_pointer_id uuid not null,
    state text not null default 'FUNDING',
    error text,
    state_attempts integer not null default 0,
    sent_amount numeric(20, 0) not null default 0,
    description text,
    external_ref text,
    metadata text[] not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, id) references hazina.quotes,
    constraint outgoing_payments_state_check
        check (state in ('FUNDING', 'SENDING', 'COMPLETED', 'FAILED')),
    constraint outgoing_payments_error_check check ((state = 'FAILED') = (error is not null)),
    constraint outgoing_payments_sent_amount_check
        check (sent_amount between 0 and 18446744073709551615),
    constraint outgoing_payments_description_check check (char_length(description) <= 255),
    constraint outgoing_payments_external_ref_check check (char_length(external_ref) <= 255),
    constraint outgoing_payments_metadata_check
        check (cardinality(metadata) <= 100 and cardinality(metadata) % 2 = 0)
) with (fillfactor = 80);

create index outgoing_payments_payment_pointer
    on hazina.outgoing_payments (tenant_id, payment_pointer_id, id);

alter table hazina.outgoing_payments enable row level security;
alter table hazina.outgoing_payments force row level security;
create policy tenant_isolation on hazina.outgoing_payments
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Events of a payment pointer's own account: when the next is due, what was told so far, and what
-- of that has been withdrawn.
alter table hazina.payment_pointers
    add column process_at timestamptz,
    add column events_amount numeric(39, 0) not null default 0,
    add column events_withdrawn_amount numeric(39, 0) not null default 0,
    add constraint payment_pointers_events_check
        check (events_withdrawn_amount between 0 and events_amount);

create index payment_pointers_process_at
    on hazina.payment_pointers (tenant_id, process_at) where process_at is not null;

-- Finds the payment pointer of a public address, of whichever tenant. This and what follows is in
-- PL/pgSQL, which keeps plans; functions in SQL are planned at every call.
create function hazina.resolve_payment_pointer(p_normalized_url text)
    returns table (tenant_id uuid, payment_pointer_id uuid)
    language plpgsql stable security definer set search_path = '' as $$
begin
    return query select d.tenant_id, d.payment_pointer_id
    from hazina.payment_pointer_directory d where d.normalized_url = p_normalized_url;
end $$;

-- What has to be done at a time, over all tenants. Whoever does it first puts `due_at` off, so that
-- nobody else does it meanwhile; a crash leaves it to the next one. No privilege for the server's
-- role.
create table hazina.work (
    tenant_id uuid not null,
    kind text not null,
    subject_id uuid not null,
    due_at timestamptz not null,
    primary key (tenant_id, kind, subject_id)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

create index work_due_at on hazina.work (due_at);

-- Work of the current tenant, to be done at a time each; puts off or brings forward what is there.
create function hazina.work_schedule(p_kind text, p_subjects uuid[], p_due_at timestamptz[])
    returns void
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.work (tenant_id, kind, subject_id, due_at)
    select nullif(current_setting('app.tenant_id', true), '')::uuid, p_kind, w.id, w.due_at
    from unnest(p_subjects, p_due_at) w (id, due_at) order by w.id
    on conflict (tenant_id, kind, subject_id) do update set due_at = excluded.due_at;
end $$;

-- Work of the current tenant that is done.
create function hazina.work_finish(p_kind text, p_subjects uuid[]) returns void
    language plpgsql security definer set search_path = '' as $$
begin
    delete from hazina.work
    where tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        and kind = p_kind and subject_id = any (p_subjects);
end $$;

-- Takes up to p_limit pieces of due work of these kinds, of any tenant, for p_lease seconds.
create function hazina.work_claim(p_kinds text[], p_limit integer, p_lease double precision)
    returns table (tenant_id uuid, kind text, subject_id uuid)
    language plpgsql security definer set search_path = '' as $$
begin
    return query update hazina.work w set due_at = clock_timestamp() + make_interval(secs => p_lease)
    from (
        select d.tenant_id, d.kind, d.subject_id from hazina.work d
        where d.kind = any (p_kinds) and d.due_at <= clock_timestamp()
        order by d.due_at limit p_limit
        for update skip locked
    ) due
    where w.tenant_id = due.tenant_id and w.kind = due.kind and w.subject_id = due.subject_id
    returning w.tenant_id, w.kind, w.subject_id;
end $$;
