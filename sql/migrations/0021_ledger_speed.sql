-- The same answers with less work for each batch: accounts are locked and read in one statement, rows
-- are judged in the loop, and plans are kept, since planning took as long as running.

drop function hazina.ledger_make(
    uuid[], text[], integer[], uuid[], uuid[], uuid[], text[], numeric[], integer[]);

-- Makes transfers in the order of the rows. See ledger_apply, which alone calls it, and whose settings
-- hold here. An id that another transaction uses at the same time is a unique violation: run it again,
-- and it exists.
create function hazina.ledger_make(
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
    codes := array_fill(null::text, array[total]);
    amounts := array_fill(null::numeric, array[total]);

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
                available := availables[d];
                room := rooms[c];
                moved := coalesce(amount, available);
                if moved <= 0 then
                    failure := 'amount_zero';
                elsif id = any (existing) then
                    failure := 'exists';
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
            if repeats then
                existing := existing || id;
            end if;
            if p_timeouts[leg] is not null then
                expires := true;
            end if;
            debits[leg] := d;
            credits[leg] := c;
            amounts[leg] := moved;
            codes[leg] := 'ok';
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
        select * into run from hazina.ledger_make(
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
            select * into run from hazina.ledger_make(
                p_actions[head:tail], p_groups[head:tail], p_ids[head:tail],
                p_debits[head:tail], p_credits[head:tail], p_kinds[head:tail],
                p_amounts[head:tail], p_timeouts[head:tail]);
            return query select * from unnest(run.codes, run.amounts);
        end if;
        head := tail + 1;
    end loop;
end $$;
