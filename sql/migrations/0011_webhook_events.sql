-- What happened to payments and payment pointers, written in the transaction that made it happen.

create table hazina.webhook_events (
    tenant_id uuid not null references hazina.tenants,
    id uuid not null,
    type text not null,
    -- The payment or payment pointer that it is about. Events of one are delivered in order.
    subject_id uuid not null,
    payment_pointer_id uuid not null,
    -- The member `data` of what is delivered, as canonical JSON (RFC 8785).
    data text not null,
    -- Money that withdrawEventLiquidity pays out, if any.
    withdrawal_account_id uuid,
    withdrawal_asset_id uuid,
    withdrawal_amount numeric(20, 0),
    state text not null default 'PENDING',
    attempts integer not null default 0,
    -- Of the last attempt's answer; null when there was none.
    status_code smallint,
    -- Readers that follow the table stop before the oldest transaction under way.
    transaction_id xid8 not null default pg_current_xact_id(),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, payment_pointer_id) references hazina.payment_pointers,
    constraint webhook_events_state_check check (state in ('PENDING', 'DELIVERED', 'FAILED')),
    constraint webhook_events_withdrawal_check check (
        num_nonnulls(withdrawal_account_id, withdrawal_asset_id, withdrawal_amount) in (0, 3)),
    constraint webhook_events_withdrawal_amount_check
        check (withdrawal_amount between 1 and 18446744073709551615)
) with (fillfactor = 85);

create index webhook_events_transaction_id
    on hazina.webhook_events (tenant_id, transaction_id, id);
create index webhook_events_subject_id on hazina.webhook_events (tenant_id, subject_id, id);

alter table hazina.webhook_events enable row level security;
alter table hazina.webhook_events force row level security;
create policy tenant_isolation on hazina.webhook_events
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
