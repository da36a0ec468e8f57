-- The same answers and the same rules with less work for each batch.

-- What a batch costs before its first row is much of what it costs, and conditions of triggers are part
-- of that: they are read anew for each statement. These two say what the one before said, and have
-- nothing to compare. Only the triggers on transfers, one level down, may name a balance in an update,
-- and nobody may name what an account is.
drop trigger refuse_change on hazina.ledger_accounts;
create trigger refuse_change before update of tenant_id, id, asset_id, kind on hazina.ledger_accounts
    for each row execute function hazina.ledger_refuse();
create trigger refuse_balance_change
    before update of debits_posted, debits_pending, credits_posted, credits_pending
    on hazina.ledger_accounts
    for each row when (pg_trigger_depth() = 0) execute function hazina.ledger_refuse();

-- Adds to the balances of new transfers' accounts. Every account must be there, and open, both
-- sides of a transfer must be in one asset, and it must be posted or pending. Most often all are posted,
-- and there are half as many sums.
create or replace function hazina.ledger_add_transfers() returns trigger
    language plpgsql security definer set search_path = '' as $$
declare
    is_sound boolean;
begin
    if not exists (select from made where state <> 'posted' or resolved_at is not null) then
        with changes as (
            select tenant_id, id, sum(debit) as debits, sum(credit) as credits
            from (
                select tenant_id, debit_account_id as id, amount as debit, 0::numeric as credit
                from made
                union all
                select tenant_id, credit_account_id, 0, amount from made
            ) sides group by tenant_id, id
        ), changed as (
            update hazina.ledger_accounts a
            set debits_posted = a.debits_posted + c.debits,
                credits_posted = a.credits_posted + c.credits
            from changes c
            cross join lateral (
                select b.ctid as place from hazina.ledger_accounts b
                where b.tenant_id = c.tenant_id and b.id = c.id and b.closed_at is null offset 0
            ) b
            where a.ctid = b.place
            returning a.asset_id, c.debits - c.credits as difference
        ), assets as (
            select count(*) as accounts, sum(difference) as difference
            from changed group by asset_id
        )
        select coalesce(sum(accounts), 0) = (select count(*) from changes)
            and coalesce(bool_and(difference = 0), true)
        into is_sound from assets;
    else
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
                select from made
                where state not in ('posted', 'pending') or resolved_at is not null)
        into is_sound from assets;
    end if;
    if not is_sound then
        raise exception 'a new transfer is posted or pending, between two open accounts of one asset'
            using errcode = 'check_violation', table = 'ledger_transfers';
    end if;
    return null;
end $$;

-- Makes transfers in the order of the rows. See ledger_apply, which alone calls it, and whose settings
-- hold here. An id that another transaction uses at the same time is a unique violation: run it again,
-- and it exists.
create or replace function hazina.ledger_make(
    p_actions text[], p_groups integer[], p_ids uuid[], p_debits uuid[], p_credits uuid[],
    p_kinds text[], p_amounts numeric[], p_timeouts integer[],
    out codes text[], out amounts numeric[])
    language plpgsql as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    total constant integer := cardinality(p_ids);
    -- The accounts, in parallel arrays. A room is what may still come in.
    ids uuid[]; kinds text[]; assets uuid[]; availables numeric[]; rooms numeric[];
    -- Where the settlement accounts stand in them, and of which asset each is.
    settlements integer[]; settled_assets uuid[];
    -- Ids of rows that are transfers already; those made here too, if any id stands twice.
    existing uuid[];
    repeats boolean;
    -- Whether no account could fail if all amounts came to it, from either side. Then nothing can fail
    -- for want of money or room, and what is left of either need not be followed.
    fits boolean;
    -- The rows, in parallel arrays.
    debits integer[] := array_fill(null::integer, array[total]);
    credits integer[] := array_fill(null::integer, array[total]);
    heads uuid[] := array_fill(null::uuid, array[total]);
    old_availables numeric[]; old_rooms numeric[]; old_existing uuid[];
    head integer := 1;
    tail integer;
    expires boolean := false;
    failure text; failed integer; id uuid; debit uuid; credit uuid; kind text; amount numeric;
    d integer; c integer; moved numeric; available numeric; room numeric;
begin
    codes := array_fill('ok'::text, array[total]);
    amounts := p_amounts;

    -- Locked in id order, as everywhere. An open side is the settlement account of the asset.
    select array_agg(a.id), array_agg(a.kind), array_agg(a.asset_id), array_agg(a.available),
        array_agg(a.room)
    into ids, kinds, assets, availables, rooms
    from (
        select w.id from (
            select unnest(p_debits || p_credits) as id
            union
            select s.id
            from (
                select distinct b.asset_id
                from (
                    select distinct coalesce(r.debit, r.credit) as id
                    from unnest(p_debits, p_credits) r (debit, credit)
                    where r.debit is null or r.credit is null
                ) r
                cross join lateral (
                    select b.asset_id from hazina.ledger_accounts b
                    where b.tenant_id = tenant and b.id = r.id offset 0
                ) b
            ) o
            cross join lateral (
                select b.id from hazina.ledger_accounts b
                where b.tenant_id = tenant and b.asset_id = o.asset_id and b.kind = 'settlement'
                offset 0
            ) s
        ) w
        where w.id is not null
        order by w.id
    ) w
    cross join lateral (
        select b.id, b.kind, b.asset_id,
            case b.kind
                when 'settlement' then 'infinity'
                when 'receivable' then b.debit_limit - b.debits_posted - b.debits_pending
                    + b.credits_posted
                else b.credits_posted - b.debits_posted - b.debits_pending
            end as available,
            case b.kind
                when 'settlement' then b.debits_posted - b.credits_posted - b.credits_pending
                when 'receivable' then b.debits_posted - b.credits_posted - b.credits_pending
                else 18446744073709551615 + b.debits_posted - b.credits_posted
                    - b.credits_pending
            end as room
        from hazina.ledger_accounts b
        where b.tenant_id = tenant and b.id = w.id and b.closed_at is null
        offset 0 for no key update
    ) a;
    -- Only now: who disables a tenant holds its accounts.
    if exists (
        select from hazina.tenants t where t.tenant_id = tenant and t.disabled_at is not null)
    then
        codes := array_fill('tenant_disabled'::text, array[total]);
        amounts := array_fill(null::numeric, array[total]);
        return;
    end if;
    for place in 1 .. coalesce(cardinality(ids), 0) loop
        if kinds[place] = 'settlement' then
            settlements := settlements || place;
            settled_assets := settled_assets || assets[place];
        end if;
    end loop;
    select array_agg(t.id) filter (where t.id is not null), count(*) < total
    into existing, repeats
    from (select distinct unnest(p_ids) as id) w
    left join lateral (
        select t.id from hazina.ledger_transfers t
        where t.tenant_id = tenant and t.id = w.id offset 0
    ) t on true;

    fits := coalesce(
        array_position(p_amounts, null) is null
        and (select sum(greatest(a, 0)) from unnest(p_amounts) a) <= all (availables || rooms), false);

    -- Assignments go through plain variables: an array that is also read there would be copied.
    while head <= total loop
        tail := head;
        while p_groups[tail + 1] = p_groups[head] loop
            tail := tail + 1;
        end loop;
        if tail > head then
            old_availables := availables; old_rooms := rooms; old_existing := existing;
        end if;
        failure := null;
        for leg in head .. tail loop
            id := p_ids[leg]; debit := p_debits[leg]; credit := p_credits[leg];
            kind := p_kinds[leg]; amount := p_amounts[leg];
            d := array_position(ids, debit);
            c := array_position(ids, credit);
            -- What is wrong whatever the balances comes first.
            if debit is not null and (d is null or kinds[d] = 'settlement' or kinds[d] <> kind)
                or debit is null and credit is null
            then
                failure := 'debit_account_unknown';
            elsif credit is not null
                and (c is null or kinds[c] = 'settlement' or kinds[c] <> kind)
            then
                failure := 'credit_account_unknown';
            elsif d = c then
                failure := 'same_account';
            elsif assets[d] <> assets[c] then
                failure := 'different_assets';
            else
                if debit is null then
                    d := settlements[array_position(settled_assets, assets[c])];
                elsif credit is null then
                    c := settlements[array_position(settled_assets, assets[d])];
                end if;
                if fits then
                    moved := amount;
                else
                    available := availables[d];
                    room := rooms[c];
                    moved := coalesce(amount, available);
                end if;
                if moved <= 0 then
                    failure := 'amount_zero';
                elsif id = any (existing) then
                    failure := 'exists';
                elsif fits then
                    null;
                elsif moved > available then
                    failure := 'insufficient_balance';
                elsif moved > room then
                    -- No more can be paid out than came in, and no more settled than is owed.
                    failure := case when kinds[c] in ('settlement', 'receivable')
                        then 'insufficient_balance' else 'balance_too_large' end;
                end if;
            end if;
            if failure is not null then
                failed := leg;
                exit;
            end if;
            if not fits then
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
                amounts[leg] := moved;
            end if;
            if repeats then
                existing := existing || id;
            end if;
            if p_timeouts[leg] is not null then
                expires := true;
            end if;
            debits[leg] := d;
            credits[leg] := c;
            if leg > head then
                heads[leg] := p_ids[head];
            end if;
        end loop;
        if failure is not null then
            if tail > head then
                availables := old_availables; rooms := old_rooms; existing := old_existing;
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
    if expires then
        insert into hazina.ledger_expiries (tenant_id, transfer_id, expires_at)
        select t.tenant_id, t.id, t.expires_at
        from unnest(p_ids, p_timeouts, heads, codes) r (id, timeout, head, code)
        join hazina.ledger_transfers t
            on t.tenant_id = tenant and t.id = r.id and t.id = any (p_ids)
        where r.code = 'ok' and r.timeout is not null and r.head is null;
    end if;
end $$;
