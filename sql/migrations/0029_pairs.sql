-- The same answers with fewer statements for each batch: each of them is set up anew, and for a busy
-- account that took as much as its transfers themselves. And a rule had a gap: several transfers between
-- assets in one statement passed if they made up for each other in each asset. Nothing makes such ones.

-- Adds to the balances of new transfers' accounts. Every account must be there, and open, both
-- sides of a transfer must be in one asset, and it must be posted or pending. Most often all are posted;
-- those of a busy account are between the same two accounts besides, and need no set of changes.
create or replace function hazina.ledger_add_transfers() returns trigger
    language plpgsql security definer set search_path = '' as $$
declare
    -- Two accounts that money moves between, of how many such pairs, and whether all is posted.
    pair record;
    touched bigint;
    is_sound boolean;
begin
    select m.tenant_id, m.debit_account_id as debit, m.credit_account_id as credit,
        sum(m.amount) as amount, count(*) over () as count,
        bool_and(bool_and(m.state = 'posted' and m.resolved_at is null)) over () as is_posted
    into pair
    from made m group by m.tenant_id, m.debit_account_id, m.credit_account_id limit 1;
    if pair.count is null then
        return null;
    elsif pair.is_posted and pair.count = 1 then
        update hazina.ledger_accounts a
        set debits_posted = a.debits_posted + case a.id when pair.debit then pair.amount else 0 end,
            credits_posted = a.credits_posted
                + case a.id when pair.credit then pair.amount else 0 end
        where a.tenant_id = pair.tenant_id and a.id in (pair.debit, pair.credit)
            and a.closed_at is null
            and a.asset_id = (
                select b.asset_id from hazina.ledger_accounts b
                where b.tenant_id = pair.tenant_id and b.id = pair.debit);
        get diagnostics touched = row_count;
        is_sound := touched = 2;
    elsif pair.is_posted then
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
            returning a.tenant_id, a.id, a.asset_id
        )
        select (select count(*) from changed) = (select count(*) from changes)
            and not exists (
                select from made m
                join changed d on d.tenant_id = m.tenant_id and d.id = m.debit_account_id
                join changed c on c.tenant_id = m.tenant_id and c.id = m.credit_account_id
                where d.asset_id <> c.asset_id)
        into is_sound;
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
                coalesce(sum(credit) filter (where state = 'pending'), 0) as credits_pending
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
            returning a.tenant_id, a.id, a.asset_id
        )
        select (select count(*) from changed) = (select count(*) from changes)
            and not exists (
                select from made m
                join changed d on d.tenant_id = m.tenant_id and d.id = m.debit_account_id
                join changed c on c.tenant_id = m.tenant_id and c.id = m.credit_account_id
                where d.asset_id <> c.asset_id)
            and not exists (
                select from made
                where state not in ('posted', 'pending') or resolved_at is not null)
        into is_sound;
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
    -- Whether all are single transfers between the same two sides: those of a busy account. As long as
    -- they are plain, too, they stand or fall with the first one.
    is_alike boolean := array_remove(p_credits, p_credits[1]) = '{}'
        and array_remove(p_debits, p_debits[1]) = '{}'
        and array_remove(p_kinds, p_kinds[1]) = '{}'
        and array_remove(p_groups, null) = '{}'
        and array_remove(p_timeouts, null) = '{}';
    -- The accounts, in parallel arrays. A room is what may still come in.
    ids uuid[]; kinds text[]; assets uuid[]; availables numeric[]; rooms numeric[];
    -- The accounts that stand against an open side; the settlement accounts, and their assets.
    opposites uuid[]; settlements uuid[]; settled_assets uuid[];
    sum_of_amounts numeric; least_amount numeric; is_disabled boolean;
    -- Ids of rows that are transfers already; those made here too, if any id stands twice.
    existing uuid[];
    repeats boolean;
    -- Whether no account could fail if all amounts came to it, from either side. Then nothing can fail
    -- for want of money or room, and what is left of either need not be followed.
    fits boolean;
    -- Whether no row can fail but for its sides.
    is_plain boolean;
    -- The rows' sides, the open ones filled in; in parallel arrays.
    debits uuid[]; credits uuid[]; heads uuid[];
    old_availables numeric[]; old_rooms numeric[]; old_existing uuid[];
    head integer := 1;
    tail integer;
    expires boolean := false;
    failure text; failed integer; id uuid; debit uuid; credit uuid; kind text; amount numeric;
    unsound text; settlement uuid; d integer; c integer;
    moved numeric; available numeric; room numeric;
begin
    -- Locked in id order, as everywhere. An open side is the settlement account of the asset.
    if array_remove(p_debits, null) = '{}' then
        opposites := p_credits;
    elsif array_remove(p_credits, null) = '{}' then
        opposites := p_debits;
    elsif array_position(p_debits || p_credits, null) is not null then
        opposites := array(
            select coalesce(r.debit, r.credit) from unnest(p_debits, p_credits) r (debit, credit)
            where r.debit is null or r.credit is null);
    end if;
    select array_agg(a.id), array_agg(a.kind), array_agg(a.asset_id), array_agg(a.available),
        array_agg(a.room), array_agg(a.id) filter (where a.kind = 'settlement'),
        array_agg(a.asset_id) filter (where a.kind = 'settlement')
    into ids, kinds, assets, availables, rooms, settlements, settled_assets
    from (
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
        where b.tenant_id = tenant
            and b.id = any (p_debits || p_credits || array(
                select s.id
                from (
                    select distinct o.asset_id from hazina.ledger_accounts o
                    where o.tenant_id = tenant and o.id = any (opposites)
                ) o
                cross join lateral (
                    select s.id from hazina.ledger_accounts s
                    where s.tenant_id = tenant and s.asset_id = o.asset_id
                        and s.kind = 'settlement'
                    offset 0
                ) s))
            and b.closed_at is null
        order by b.id for no key update
    ) a;
    select case when bool_and(r.amount is not null) then sum(greatest(r.amount, 0)) end,
        min(r.amount)
    into sum_of_amounts, least_amount from unnest(p_amounts) r (amount);
    fits := coalesce(sum_of_amounts <= all (availables || rooms), false);
    -- Only now: who disables a tenant holds its accounts.
    select exists (
            select from hazina.tenants t where t.tenant_id = tenant and t.disabled_at is not null),
        array(
            select t.id from hazina.ledger_transfers t
            where t.tenant_id = tenant and t.id = any (p_ids)),
        (select count(distinct r.id) < total from unnest(p_ids) r (id))
    into is_disabled, existing, repeats;
    if is_disabled then
        codes := array_fill('tenant_disabled'::text, array[total]);
        amounts := array_fill(null::numeric, array[total]);
        return;
    end if;
    is_plain := fits and least_amount > 0 and not repeats and existing = '{}';
    is_alike := is_alike and is_plain;

    codes := array_fill('ok'::text, array[total]);
    amounts := p_amounts;
    debits := p_debits; credits := p_credits;
    heads := array_fill(null::uuid, array[total]);
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
            -- Most often the sides are those of the row before, and are judged already.
            if leg = 1 or p_debits[leg] is distinct from debit
                or p_credits[leg] is distinct from credit or p_kinds[leg] is distinct from kind
            then
                debit := p_debits[leg]; credit := p_credits[leg]; kind := p_kinds[leg];
                d := array_position(ids, debit);
                c := array_position(ids, credit);
                unsound := case
                    when debit is not null
                            and (d is null or kinds[d] = 'settlement' or kinds[d] <> kind)
                        or debit is null and credit is null
                        then 'debit_account_unknown'
                    when credit is not null
                            and (c is null or kinds[c] = 'settlement' or kinds[c] <> kind)
                        then 'credit_account_unknown'
                    when d = c then 'same_account'
                    when assets[d] <> assets[c] then 'different_assets'
                end;
                if unsound is not null then
                    null;
                elsif debit is null then
                    settlement := settlements[array_position(settled_assets, assets[c])];
                    d := array_position(ids, settlement);
                elsif credit is null then
                    settlement := settlements[array_position(settled_assets, assets[d])];
                    c := array_position(ids, settlement);
                end if;
            end if;
            -- What is wrong whatever the balances comes first.
            if unsound is not null then
                failure := unsound;
            elsif not is_plain then
                id := p_ids[leg]; amount := p_amounts[leg];
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
            if debit is null then
                debits[leg] := settlement;
            elsif credit is null then
                credits[leg] := settlement;
            end if;
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
        if is_alike then
            codes := array_fill(codes[1], array[total]);
            if failure is not null then
                amounts := array_fill(null::numeric, array[total]);
            elsif debit is null then
                debits := array_fill(debits[1], array[total]);
            elsif credit is null then
                credits := array_fill(credits[1], array[total]);
            end if;
            exit;
        end if;
        head := tail + 1;
    end loop;

    insert into hazina.ledger_transfers (
        tenant_id, id, debit_account_id, credit_account_id, state, amount, expires_at, linked_to)
    select tenant, p_ids[n], debits[n], credits[n],
        case p_actions[n] when 'reserve' then 'pending'::hazina.transfer_state
            else 'posted'::hazina.transfer_state end,
        amounts[n], clock_timestamp() + make_interval(secs => p_timeouts[n]), heads[n]
    from generate_series(1, total) n
    where codes[n] = 'ok'
    order by n;
    if expires then
        insert into hazina.ledger_expiries (tenant_id, transfer_id, expires_at)
        select t.tenant_id, t.id, t.expires_at
        from unnest(p_ids, p_timeouts, heads, codes) r (id, timeout, head, code)
        join hazina.ledger_transfers t
            on t.tenant_id = tenant and t.id = r.id and t.id = any (p_ids)
        where r.code = 'ok' and r.timeout is not null and r.head is null;
    end if;
end $$;

-- As before: see 0012. What only makes transfers is one call of ledger_make; otherwise the accounts
-- are locked at first, all of them in id order.
create or replace function hazina.ledger_apply(
    p_actions text[], p_groups integer[], p_ids uuid[], p_debits uuid[], p_credits uuid[],
    p_kinds text[], p_amounts numeric[], p_timeouts integer[])
    returns table (code text, amount numeric)
    language plpgsql security definer
    set search_path = '' set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    total constant integer := coalesce(cardinality(p_ids), 0);
    accounts uuid[];
    head integer := 1;
    tail integer;
    run record;
begin
    if total = 0 then
        return;
    end if;
    if not p_actions && '{post,void,expire}'::text[] then
        run := hazina.ledger_make(
            p_actions, p_groups, p_ids, p_debits, p_credits, p_kinds, p_amounts, p_timeouts);
        return query select * from unnest(run.codes, run.amounts);
        return;
    end if;
    accounts := array(
        select r.id from unnest(p_debits || p_credits) r (id)
        union
        select s.id
        from (
            select distinct coalesce(r.debit, r.credit) as id
            from unnest(p_debits, p_credits) r (debit, credit)
            where r.debit is null or r.credit is null
        ) r
        cross join lateral (
            select b.asset_id from hazina.ledger_accounts b
            where b.tenant_id = tenant and b.id = r.id offset 0
        ) b
        cross join lateral (
            select s.id from hazina.ledger_accounts s
            where s.tenant_id = tenant and s.asset_id = b.asset_id and s.kind = 'settlement'
            offset 0
        ) s
        union
        select unnest(array[t.debit_account_id, t.credit_account_id])
        from (select distinct unnest(p_ids) as id) w
        cross join lateral (
            select t.debit_account_id, t.credit_account_id from hazina.ledger_transfers t
            where t.tenant_id = tenant and (t.id = w.id or t.linked_to = w.id) offset 0
        ) t);
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
        if p_actions[head] in ('post', 'void', 'expire') then
            return query select r.code, r.amount
            from hazina.ledger_resolve(p_actions[head], p_ids[head]) r;
        else
            while tail < total and p_actions[tail + 1] in ('transfer', 'reserve') loop
                tail := tail + 1;
            end loop;
            run := hazina.ledger_make(
                p_actions[head:tail], p_groups[head:tail], p_ids[head:tail],
                p_debits[head:tail], p_credits[head:tail], p_kinds[head:tail],
                p_amounts[head:tail], p_timeouts[head:tail]);
            return query select * from unnest(run.codes, run.amounts);
        end if;
        head := tail + 1;
    end loop;
end $$;
