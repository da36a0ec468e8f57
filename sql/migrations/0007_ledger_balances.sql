-- How transfers move balances, and how accounts are opened and closed.

-- Adds to the balances of new transfers' accounts. Every account must be there, and open, both
-- sides of a transfer must be in one asset, and it must be posted or pending.
create function hazina.ledger_add_transfers() returns trigger
    language plpgsql security definer set search_path = '' as $$
declare
    is_sound boolean;
begin
    with sides as (
        select tenant_id, debit_account_id as id, state, amount as debit, 0 as credit from made
        union all
        select tenant_id, credit_account_id, state, 0, amount from made
    ), changes as (
        select tenant_id, id,
            coalesce(sum(debit) filter (where state = 'posted'), 0) as debits_posted,
            coalesce(sum(debit) filter (where state = 'pending'), 0) as debits_pending,
            coalesce(sum(credit) filter (where state = 'posted'), 0) as credits_posted,
            coalesce(sum(credit) filter (where state = 'pending'), 0) as credits_pending,
            sum(debit - credit) as difference
        from sides group by tenant_id, id
    ), changed as (
        update hazina.ledger_accounts a
        set debits_posted = a.debits_posted + c.debits_posted,
            debits_pending = a.debits_pending + c.debits_pending,
            credits_posted = a.credits_posted + c.credits_posted,
            credits_pending = a.credits_pending + c.credits_pending
        from changes c
        where a.tenant_id = c.tenant_id and a.id = c.id and a.closed_at is null
        returning a.asset_id, c.difference
    ), assets as (
        select count(*) as accounts, sum(difference) as difference from changed group by asset_id
    )
    select coalesce(sum(accounts), 0) = (select count(*) from changes)
        and coalesce(bool_and(difference = 0), true)
        and not exists (
            select from made where state not in ('posted', 'pending') or resolved_at is not null)
    into is_sound from assets;
    if not is_sound then
        raise exception 'a new transfer is posted or pending, between two open accounts of one asset'
            using errcode = 'check_violation', table = 'ledger_transfers';
    end if;
    return null;
end $$;

create trigger add_transfers after insert on hazina.ledger_transfers
    referencing new table as made
    for each statement execute function hazina.ledger_add_transfers();

-- Takes resolved transfers off the pending totals and, if they were posted, adds them to the
-- posted ones.
create function hazina.ledger_resolve_transfers() returns trigger
    language plpgsql security definer set search_path = '' as $$
begin
    with sides as (
        select tenant_id, debit_account_id as id, amount as debit, 0 as credit,
            state = 'posted' as is_posted from resolved
        union all
        select tenant_id, credit_account_id, 0, amount, state = 'posted' from resolved
    ), changes as (
        select tenant_id, id, sum(debit) as debits, sum(credit) as credits,
            coalesce(sum(debit) filter (where is_posted), 0) as debits_posted,
            coalesce(sum(credit) filter (where is_posted), 0) as credits_posted
        from sides group by tenant_id, id
    )
    update hazina.ledger_accounts a
    set debits_posted = a.debits_posted + c.debits_posted,
        debits_pending = a.debits_pending - c.debits,
        credits_posted = a.credits_posted + c.credits_posted,
        credits_pending = a.credits_pending - c.credits
    from changes c
    where a.tenant_id = c.tenant_id and a.id = c.id;
    return null;
end $$;

create trigger resolve_transfers after update on hazina.ledger_transfers
    referencing new table as resolved
    for each statement execute function hazina.ledger_resolve_transfers();

-- Opens the liquidity account of something in an asset of the tenant.
create function hazina.ledger_open_account(p_id uuid, p_asset_id uuid, p_kind text) returns void
    language plpgsql security definer set search_path = '' as $$
begin
    insert into hazina.ledger_accounts (tenant_id, id, asset_id, kind)
    select a.tenant_id, p_id, a.id, p_kind
    from hazina.assets a
    where a.tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)
        and a.id = p_asset_id and p_kind not in ('settlement', 'asset');
    if not found then
        raise exception 'no asset % for an account of kind %', p_asset_id, p_kind
            using errcode = 'foreign_key_violation', table = 'ledger_accounts';
    end if;
end $$;

-- Closes an account for good. False, and nothing done, while there is money on it or on its way.
create function hazina.ledger_close_account(p_id uuid) returns boolean
    language plpgsql security definer set search_path = '' as $$
declare
    tenant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    account hazina.ledger_accounts;
begin
    select * into account from hazina.ledger_accounts
    where tenant_id = tenant and id = p_id for no key update;
    if not found or account.debits_posted <> account.credits_posted
        or account.debits_pending <> 0 or account.credits_pending <> 0 then
        return false;
    end if;
    update hazina.ledger_accounts set closed_at = clock_timestamp()
    where tenant_id = tenant and id = p_id and closed_at is null;
    return true;
end $$;

-- Lets no transfer of the tenant pass until the transaction ends, and tells whether any account
-- has money on it or on its way.
create function hazina.ledger_hold_tenant() returns boolean
    language sql security definer set search_path = '' as $$
    select coalesce(bool_or(a.is_used), false) from (
        select debits_posted <> credits_posted or debits_pending <> 0 or credits_pending <> 0
            as is_used
        from hazina.ledger_accounts
        where tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)
        order by id for no key update) a
$$;

-- Payment pointers that were made before they had accounts.
do $$
declare
    tenant uuid;
begin
    for tenant in select tenant_id from hazina.tenant_directory loop
        perform set_config('app.tenant_id', tenant::text, true);
        insert into hazina.ledger_accounts (tenant_id, id, asset_id, kind)
        select tenant_id, id, asset_id, 'payment_pointer' from hazina.payment_pointers
        where tenant_id = tenant;
    end loop;
    perform set_config('app.tenant_id', '', true);
end $$;
