-- More kinds of accounts, and accounts opened by the batch.
--
--   fee         what an asset has earned; every asset has one, made with it
--   payable     what the tenant owes another tenant of the server; credit-normal
--   receivable  what another tenant of the server owes it; debit-normal, up to a limit
--
-- What is owed by another tenant has not come in yet: it cannot be paid out before it is settled.

alter table hazina.ledger_accounts
    add column debit_limit numeric(20, 0),
    drop constraint ledger_accounts_kind_check,
    drop constraint ledger_accounts_balance_check,
    drop constraint ledger_accounts_maximum_check,
    add constraint ledger_accounts_kind_check check (kind in (
        'settlement', 'asset', 'fee', 'peer', 'payment_pointer', 'incoming_payment',
        'outgoing_payment', 'payable', 'receivable')),
    add constraint ledger_accounts_balance_check check (
        case when kind in ('settlement', 'receivable')
            then debits_posted >= credits_posted + credits_pending
            else credits_posted >= debits_posted + debits_pending
        end),
    add constraint ledger_accounts_maximum_check check (
        case kind
            when 'settlement' then true
            when 'receivable'
                then debits_posted + debits_pending - credits_posted <= 18446744073709551615
            else credits_posted + credits_pending - debits_posted <= 18446744073709551615
        end),
    add constraint ledger_accounts_debit_limit_check check (
        (kind = 'receivable') = (debit_limit is not null)
        and debit_limit between 0 and 18446744073709551615);

create unique index ledger_accounts_fee_key
    on hazina.ledger_accounts (tenant_id, asset_id) where kind = 'fee';

-- A limit may be set below what is owed already; then nothing more may come.
create function hazina.ledger_refuse_excess() returns trigger
    language plpgsql set search_path = '' as $$
begin
    raise exception 'the account may not be debited beyond its limit'
        using errcode = 'check_violation', table = tg_table_name;
end $$;

create trigger refuse_excess before update on hazina.ledger_accounts
    for each row when (
        new.kind = 'receivable'
        and new.debits_posted + new.debits_pending > old.debits_posted + old.debits_pending
        and new.debits_posted + new.debits_pending - new.credits_posted > new.debit_limit)
    execute function hazina.ledger_refuse_excess();

-- As before, and the fee account.
create or replace function hazina.ledger_open_asset(p_asset_id uuid, p_settlement_id uuid)
    returns void
    language sql security definer set search_path = '' as $$
    insert into hazina.ledger_accounts (tenant_id, id, asset_id, kind)
    select a.tenant_id, new.id, a.id, new.kind
    from hazina.assets a
    cross join (values
        (p_asset_id, 'asset'), (p_settlement_id, 'settlement'), (gen_random_uuid(), 'fee')
        ) as new (id, kind)
    where a.tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)
        and a.id = p_asset_id
$$;

-- Opens the liquidity accounts of things in assets of the tenant, where they are not there yet. A
-- receivable one has the limit 0 at first.
create function hazina.ledger_open_accounts(
    p_ids uuid[], p_asset_ids uuid[], p_kinds text[]) returns void
    language plpgsql security definer set search_path = '' as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
begin
    if exists (
        select from unnest(p_asset_ids, p_kinds) r (asset_id, kind)
        where r.kind in ('settlement', 'asset', 'fee') or not exists (
            select from hazina.assets a where a.tenant_id = tenant and a.id = r.asset_id)
    ) then
        raise exception 'no such asset or kind for an account'
            using errcode = 'foreign_key_violation', table = 'ledger_accounts';
    end if;
    insert into hazina.ledger_accounts (tenant_id, id, asset_id, kind, debit_limit)
    select tenant, r.id, r.asset_id, r.kind, case when r.kind = 'receivable' then 0 end
    from unnest(p_ids, p_asset_ids, p_kinds) r (id, asset_id, kind)
    order by r.id
    on conflict (tenant_id, id) do nothing;
end $$;

-- How far a receivable account may be debited.
create function hazina.ledger_set_limit(p_id uuid, p_limit numeric) returns boolean
    language plpgsql security definer set search_path = '' as $$
begin
    update hazina.ledger_accounts set debit_limit = p_limit
    where tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
        and id = p_id and kind = 'receivable';
    return found;
end $$;

do $$
declare
    tenant uuid;
begin
    for tenant in select tenant_id from hazina.tenant_directory loop
        perform set_config('app.tenant_id', tenant::text, true);
        insert into hazina.ledger_accounts (tenant_id, id, asset_id, kind)
        select tenant_id, gen_random_uuid(), id, 'fee' from hazina.assets
        where tenant_id = tenant;
    end loop;
    perform set_config('app.tenant_id', '', true);
end $$;

-- The functions below are as before, but look rows up one by one, in sub-selects with `offset 0` that
-- the planner leaves as they are: so the primary key finds them also where nothing is known of a table
-- yet. Otherwise it takes a tenant for a few rows then, and reads all of them.

-- Adds to the balances of new transfers' accounts. Every account must be there, and open, both
-- sides of a transfer must be in one asset, and it must be posted or pending.
create or replace function hazina.ledger_add_transfers() returns trigger
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
        cross join lateral (
            select b.ctid as place from hazina.ledger_accounts b
            where b.tenant_id = c.tenant_id and b.id = c.id and b.closed_at is null offset 0
        ) b
        where a.ctid = b.place
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

-- Takes resolved transfers off the pending totals and, if they were posted, adds them to the
-- posted ones.
create or replace function hazina.ledger_resolve_transfers() returns trigger
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
    cross join lateral (
        select b.ctid as place from hazina.ledger_accounts b
        where b.tenant_id = c.tenant_id and b.id = c.id offset 0
    ) b
    where a.ctid = b.place;
    return null;
end $$;

-- Makes transfers in the order of the rows, on accounts that are locked. See ledger_apply. An id
-- that another transaction uses at the same time is a unique violation: run it again, and it exists.
create or replace function hazina.ledger_make(
    p_accounts uuid[], p_actions text[], p_groups integer[], p_ids uuid[], p_debits uuid[],
    p_credits uuid[], p_kinds text[], p_amounts numeric[], p_timeouts integer[],
    out codes text[], out amounts numeric[])
    language plpgsql security definer
    set search_path = '' set enable_seqscan = off as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    total constant integer := cardinality(p_ids);
    -- The accounts, in parallel arrays. A room is what may still come in.
    ids uuid[]; kinds text[]; assets uuid[]; availables numeric[]; rooms numeric[];
    settlements bigint[];
    -- The rows, in parallel arrays; `made` is kept at the first row with the same id.
    debits integer[]; credits integer[]; faults text[]; firsts integer[];
    made boolean[] := array_fill(false, array[total]);
    heads uuid[] := array_fill(null::uuid, array[total]);
    old_availables numeric[]; old_rooms numeric[]; old_made boolean[];
    head integer := 1;
    tail integer;
    failure text; failed integer;
    d integer; c integer; moved numeric; available numeric; room numeric;
begin
    select array_agg(a.id order by a.n), array_agg(a.kind order by a.n),
        array_agg(a.asset_id order by a.n), array_agg(a.available order by a.n),
        array_agg(a.room order by a.n), array_agg(a.settlement order by a.n)
    into ids, kinds, assets, availables, rooms, settlements
    from (
        select a.*, max(a.n) filter (where a.kind = 'settlement') over (partition by a.asset_id)
                as settlement
        from (
            select a.id, a.kind, a.asset_id, row_number() over () as n,
                case a.kind
                    when 'settlement' then 'infinity'
                    when 'receivable' then a.debit_limit - a.debits_posted - a.debits_pending
                        + a.credits_posted
                    else a.credits_posted - a.debits_posted - a.debits_pending
                end as available,
                case a.kind
                    when 'settlement' then a.debits_posted - a.credits_posted
                        - a.credits_pending
                    when 'receivable' then a.debits_posted - a.credits_posted
                        - a.credits_pending
                    else 18446744073709551615 + a.debits_posted - a.credits_posted
                        - a.credits_pending
                end as room
            from (select distinct unnest(p_accounts) as id) w
            cross join lateral (
                select b.* from hazina.ledger_accounts b
                where b.tenant_id = tenant and b.id = w.id and b.closed_at is null offset 0
            ) a
        ) a
    ) a;

    -- What is wrong with a row whatever the balances, and which accounts it moves.
    select array_agg(s.debit order by s.n), array_agg(s.credit order by s.n),
        array_agg(s.fault order by s.n), array_agg(s.first order by s.n)
    into debits, credits, faults, firsts
    from (
        select r.n, coalesce(d.n, c.settlement) as debit, coalesce(c.n, d.settlement) as credit,
            case
                when r.debit is not null and (
                    d.n is null or d.kind = 'settlement' or d.kind <> r.kind)
                    then 'debit_account_unknown'
                when r.credit is not null and (
                    c.n is null or c.kind = 'settlement' or c.kind <> r.kind)
                    then 'credit_account_unknown'
                when d.n is null and c.n is null then 'debit_account_unknown'
                when d.n = c.n then 'same_account'
                when d.asset <> c.asset then 'different_assets'
                when r.amount <= 0 then 'amount_zero'
                when t.id is not null then 'exists'
            end as fault,
            min(r.n) over (partition by r.id) as first
        from unnest(p_ids, p_debits, p_credits, p_kinds, p_amounts)
            with ordinality r (id, debit, credit, kind, amount, n)
        left join unnest(ids, kinds, assets, settlements)
            with ordinality d (id, kind, asset, settlement, n) on d.id = r.debit
        left join unnest(ids, kinds, assets, settlements)
            with ordinality c (id, kind, asset, settlement, n) on c.id = r.credit
        left join (
            select w.id from (select distinct unnest(p_ids) as id) w
            cross join lateral (
                select from hazina.ledger_transfers t
                where t.tenant_id = tenant and t.id = w.id offset 0
            ) t
        ) t on t.id = r.id
    ) s;

    -- Assignments go through plain variables: an array that is also read there would be copied.
    amounts := p_amounts;
    codes := faults;
    while head <= total loop
        tail := head;
        while p_groups[tail + 1] = p_groups[head] loop
            tail := tail + 1;
        end loop;
        if tail > head then
            old_availables := availables; old_rooms := rooms; old_made := made;
        end if;
        for leg in head .. tail loop
            d := debits[leg];
            c := credits[leg];
            available := availables[d];
            room := rooms[c];
            moved := coalesce(p_amounts[leg], available);
            failure := case
                when faults[leg] <> 'exists' then faults[leg]
                when moved <= 0 then 'amount_zero'
                when faults[leg] is not null or made[firsts[leg]] then 'exists'
                when moved > available then 'insufficient_balance'
                -- No more can be paid out than came in, and no more settled than is owed.
                when moved > room and kinds[c] in ('settlement', 'receivable')
                    then 'insufficient_balance'
                when moved > room then 'balance_too_large'
            end;
            if failure is not null then
                failed := leg;
                exit;
            end if;
            available := available - moved;
            availables[d] := available;
            room := room - moved;
            rooms[c] := room;
            if p_actions[leg] = 'transfer' then
                available := availables[c] + moved;
                availables[c] := available;
                room := rooms[d] + moved;
                rooms[d] := room;
            end if;
            made[firsts[leg]] := true;
            amounts[leg] := moved;
            codes[leg] := 'ok';
            if leg > head then
                heads[leg] := p_ids[head];
            end if;
        end loop;
        if failure is not null then
            if tail > head then
                availables := old_availables; rooms := old_rooms; made := old_made;
            end if;
            for leg in head .. tail loop
                codes[leg] := case when leg = failed then failure else 'linked' end;
                amounts[leg] := null;
            end loop;
        end if;
        head := tail + 1;
    end loop;

    insert into hazina.ledger_transfers (
        tenant_id, id, debit_account_id, credit_account_id, state, amount, expires_at, linked_to)
    select tenant, r.id, ids[r.debit], ids[r.credit],
        (case r.action when 'reserve' then 'pending' else 'posted' end)::hazina.transfer_state,
        r.amount, clock_timestamp() + make_interval(secs => r.timeout), r.head
    from unnest(p_ids, debits, credits, p_actions, amounts, p_timeouts, heads, codes)
        with ordinality r (id, debit, credit, action, amount, timeout, head, code, n)
    where r.code = 'ok'
    order by r.n;
    insert into hazina.ledger_expiries (tenant_id, transfer_id, expires_at)
    select t.tenant_id, t.id, t.expires_at
    from unnest(p_ids, p_timeouts, heads, codes) r (id, timeout, head, code)
    join hazina.ledger_transfers t
        on t.tenant_id = tenant and t.id = r.id and t.id = any (p_ids)
    where r.code = 'ok' and r.timeout is not null and r.head is null;
end $$;

-- Applies the rows of a batch in order and answers each with a code and the amount that it moved.
-- Rows with an equal group, not null, that follow each other are legs of one compound transfer: all
-- of them take effect, or none.
--
--   action   transfer  moves the amount at once
--            reserve   makes a pending transfer, which expires after `timeout` seconds if given
--            post, void, expire  resolve the pending transfer of this id, with all its legs
--   debit, credit  accounts; a null one is the settlement account of the other one's asset
--   kind     which kind the named accounts must have; null for any but settlement
--   amount   null for all that the debited account has available
create or replace function hazina.ledger_apply(
    p_actions text[], p_groups integer[], p_ids uuid[], p_debits uuid[], p_credits uuid[],
    p_kinds text[], p_amounts numeric[], p_timeouts integer[])
    returns table (code text, amount numeric)
    language plpgsql security definer set search_path = '' set enable_seqscan = off as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    resolving constant boolean := p_actions && '{post,void,expire}'::text[];
    total constant integer := coalesce(cardinality(p_ids), 0);
    accounts uuid[] := array(
        select distinct r.id from unnest(p_debits || p_credits) r (id) where r.id is not null);
    open_sided uuid[] := array(
        select distinct coalesce(r.debit, r.credit) from unnest(p_debits, p_credits)
            r (debit, credit)
        where r.debit is null or r.credit is null);
    head integer := 1;
    tail integer;
    run record;
begin
    if cardinality(open_sided) > 0 then
        accounts := accounts || array(
            select s.id from hazina.ledger_accounts s
            where s.tenant_id = tenant and s.kind = 'settlement' and s.asset_id = any (array(
                select distinct a.asset_id from hazina.ledger_accounts a
                where a.tenant_id = tenant and a.id = any (open_sided))));
    end if;
    if resolving then
        accounts := accounts || array(
            select unnest(array[t.debit_account_id, t.credit_account_id])
            from hazina.ledger_transfers t
            where t.tenant_id = tenant and (t.id = any (p_ids) or t.linked_to = any (p_ids)));
    end if;
    perform from (select distinct unnest(accounts) as id order by id) w
    cross join lateral (
        select from hazina.ledger_accounts a
        where a.tenant_id = tenant and a.id = w.id for no key update
    ) a;
    if p_actions <> array_fill('expire'::text, array[total]) and exists (
        select from hazina.tenants t where t.tenant_id = tenant and t.disabled_at is not null)
    then
        return query select 'tenant_disabled', null::numeric from generate_series(1, total);
        return;
    end if;
    while head <= total loop
        tail := head;
        if resolving and p_actions[head] in ('post', 'void', 'expire') then
            return query select r.code, r.amount
            from hazina.ledger_resolve(p_actions[head], p_ids[head]) r;
        else
            while tail < total and p_actions[tail + 1] in ('transfer', 'reserve') loop
                tail := tail + 1;
            end loop;
            select * into run from hazina.ledger_make(
                accounts, p_actions[head:tail], p_groups[head:tail], p_ids[head:tail],
                p_debits[head:tail], p_credits[head:tail], p_kinds[head:tail],
                p_amounts[head:tail], p_timeouts[head:tail]);
            return query select * from unnest(run.codes, run.amounts);
        end if;
        head := tail + 1;
    end loop;
end $$;
