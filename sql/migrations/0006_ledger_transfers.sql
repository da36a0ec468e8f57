-- Transfers between ledger accounts. Whatever adds or resolves one moves the balances with it, by
-- the triggers below, so that accounts and transfers cannot part, whichever program writes.

alter table hazina.ledger_accounts
    -- A closed account takes part in no transfer. It is kept for its history.
    add column closed_at timestamptz,
    add constraint ledger_accounts_closed_check check (
        closed_at is null
        or (debits_posted = credits_posted and debits_pending = 0 and credits_pending = 0)),
    -- What an account could hold, if all that is pending to it arrives, is an amount too.
    add constraint ledger_accounts_maximum_check check (
        kind = 'settlement'
        or credits_posted + credits_pending - debits_posted <= 18446744073709551615),
    -- Balances change in place while a page has room.
    set (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);

create type hazina.transfer_state as enum ('pending', 'posted', 'voided', 'expired');

-- `seq` is taken while the accounts are locked: on one account it is the order of commits.
create table hazina.ledger_transfers (
    seq bigint generated always as identity,
    created_at timestamptz not null default clock_timestamp(),
    tenant_id uuid not null,
    id uuid not null,
    debit_account_id uuid not null,
    credit_account_id uuid not null,
    state hazina.transfer_state not null,
    amount numeric(20, 0) not null,
    -- Of two-phase transfers: when it stops being pending by itself, and when it stopped.
    expires_at timestamptz,
    resolved_at timestamptz,
    -- Of a further leg of a compound transfer: its first leg, with which it shares its fate.
    linked_to uuid,
    primary key (tenant_id, id),
    constraint ledger_transfers_accounts_check check (debit_account_id <> credit_account_id),
    constraint ledger_transfers_amount_check check (amount between 1 and 18446744073709551615),
    constraint ledger_transfers_resolved_check check (state <> 'pending' or resolved_at is null)
);

-- The triggers see to it that the accounts exist, at a tenth of a foreign key's cost.
create index ledger_transfers_debit_account
    on hazina.ledger_transfers (debit_account_id, seq);
create index ledger_transfers_credit_account
    on hazina.ledger_transfers (credit_account_id, seq);
create index ledger_transfers_linked_to
    on hazina.ledger_transfers (tenant_id, linked_to) where linked_to is not null;

alter table hazina.ledger_transfers enable row level security;
alter table hazina.ledger_transfers force row level security;
create policy tenant_isolation on hazina.ledger_transfers
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Pending transfers that expire, over all tenants. No privilege for the server's role.
create table hazina.ledger_expiries (
    tenant_id uuid not null,
    transfer_id uuid not null,
    expires_at timestamptz not null,
    primary key (tenant_id, transfer_id)
);

create index ledger_expiries_due on hazina.ledger_expiries (expires_at);

-- Up to p_limit transfers whose time has come, the oldest first.
create function hazina.ledger_expiries_due(p_limit integer)
    returns table (tenant_id uuid, transfer_id uuid)
    language sql stable security definer set search_path = '' as $$
    select e.tenant_id, e.transfer_id from hazina.ledger_expiries e
    where e.expires_at <= clock_timestamp() order by e.expires_at limit p_limit
$$;

-- Refuses what would part accounts from transfers: a check violation, as from a constraint.
create function hazina.ledger_refuse() returns trigger
    language plpgsql set search_path = '' as $$
begin
    raise exception 'the ledger does not allow this %', lower(tg_op)
        using errcode = 'check_violation', table = tg_table_name,
            hint = 'Balances follow from transfers; transfers are never changed.';
end $$;

create trigger refuse_removal before delete on hazina.ledger_transfers
    for each row execute function hazina.ledger_refuse();
create trigger refuse_truncation before truncate on hazina.ledger_transfers
    for each statement execute function hazina.ledger_refuse();
create trigger refuse_change before update on hazina.ledger_transfers
    for each row when (
        old.state <> 'pending' or new.state = 'pending' or new.resolved_at is null
        or (new.seq, new.created_at, new.tenant_id, new.id, new.debit_account_id,
            new.credit_account_id, new.amount, new.expires_at, new.linked_to)
        is distinct from (old.seq, old.created_at, old.tenant_id, old.id, old.debit_account_id,
            old.credit_account_id, old.amount, old.expires_at, old.linked_to))
    execute function hazina.ledger_refuse();

create trigger refuse_removal before delete on hazina.ledger_accounts
    for each row execute function hazina.ledger_refuse();
create trigger refuse_truncation before truncate on hazina.ledger_accounts
    for each statement execute function hazina.ledger_refuse();
create trigger refuse_balance before insert on hazina.ledger_accounts
    for each row when (
        (new.debits_posted, new.debits_pending, new.credits_posted, new.credits_pending)
        is distinct from (0, 0, 0, 0))
    execute function hazina.ledger_refuse();
-- Only the triggers on transfers, one level down, may move a balance.
create trigger refuse_change before update on hazina.ledger_accounts
    for each row when (
        (pg_trigger_depth() = 0
            and (new.debits_posted, new.debits_pending, new.credits_posted, new.credits_pending)
            is distinct from (old.debits_posted, old.debits_pending, old.credits_posted,
                old.credits_pending))
        or (new.tenant_id, new.id, new.asset_id, new.kind)
            is distinct from (old.tenant_id, old.id, old.asset_id, old.kind))
    execute function hazina.ledger_refuse();
