-- The yardstick: one transfer a transaction, in one statement, as plainly as it can be done. The tables
-- have the columns, constraints and indexes of Hazina's, and no triggers or row-level security.

set client_min_messages = warning;
drop schema if exists plain cascade;
create schema plain;

create table plain.accounts (
    tenant_id uuid not null,
    id uuid not null,
    asset_id uuid not null,
    is_settlement boolean not null,
    debits_posted numeric(39, 0) not null default 0,
    debits_pending numeric(39, 0) not null default 0,
    credits_posted numeric(39, 0) not null default 0,
    credits_pending numeric(39, 0) not null default 0,
    primary key (tenant_id, id),
    check (debits_posted >= 0 and debits_pending >= 0
        and credits_posted >= 0 and credits_pending >= 0),
    check (case when is_settlement then debits_posted >= credits_posted + credits_pending
        else credits_posted >= debits_posted + debits_pending end)
) with (fillfactor = 60);

create table plain.transfers (
    seq bigint generated always as identity,
    created_at timestamptz not null default clock_timestamp(),
    tenant_id uuid not null,
    id uuid not null,
    debit_account_id uuid not null,
    credit_account_id uuid not null,
    state text not null default 'posted',
    amount numeric(20, 0) not null check (amount between 1 and 18446744073709551615),
    expires_at timestamptz,
    resolved_at timestamptz,
    linked_to uuid,
    primary key (tenant_id, id),
    check (debit_account_id <> credit_account_id)
);

create index on plain.transfers (debit_account_id, seq);
create index on plain.transfers (credit_account_id, seq);

-- The account n is uuid(n); 0 is the settlement account, 1 the hot one.
create function plain.uuid(n bigint) returns uuid language sql immutable
    return lpad(to_hex(n), 32, '0')::uuid;

insert into plain.accounts (tenant_id, id, asset_id, is_settlement, debits_posted, credits_posted)
select plain.uuid(7), plain.uuid(n), plain.uuid(8), n = 0,
    case n when 0 then 10001::numeric * 1000000000 else 0 end,
    case n when 0 then 0 else 1000000000 end
from generate_series(0, 10001) n;

-- The row is written before the accounts are locked, so that a hot one is held as shortly as can be;
-- accounts are locked in the order of their ids.
create function plain.transfer(p_debit uuid, p_credit uuid, p_amount numeric) returns void
    language plpgsql as $$
begin
    insert into plain.transfers (tenant_id, id, debit_account_id, credit_account_id, amount)
    values ('00000000-0000-0000-0000-000000000007', gen_random_uuid(), p_debit, p_credit, p_amount);
    if p_debit < p_credit then
        update plain.accounts set debits_posted = debits_posted + p_amount
        where tenant_id = '00000000-0000-0000-0000-000000000007' and id = p_debit;
        update plain.accounts set credits_posted = credits_posted + p_amount
        where tenant_id = '00000000-0000-0000-0000-000000000007' and id = p_credit;
    else
        update plain.accounts set credits_posted = credits_posted + p_amount
        where tenant_id = '00000000-0000-0000-0000-000000000007' and id = p_credit;
        update plain.accounts set debits_posted = debits_posted + p_amount
        where tenant_id = '00000000-0000-0000-0000-000000000007' and id = p_debit;
    end if;
end $$;

vacuum analyze plain.accounts, plain.transfers;
