-- The one way in which transfers are made and resolved. Accounts are locked in the order of their
-- ids before anything else is read, here as everywhere.

-- Makes transfers in the order of the rows, on accounts that are locked. See ledger_apply. An id
-- that another transaction uses at the same time is a unique violation: run it again, and it exists.
create function hazina.ledger_make(
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
                case when a.kind = 'settlement' then 'infinity'
                    else a.credits_posted - a.debits_posted - a.debits_pending end as available,
                case when a.kind = 'settlement' then 'infinity'
                    else 18446744073709551615 + a.debits_posted - a.credits_posted
                        - a.credits_pending end as room
            from hazina.ledger_accounts a
            where a.tenant_id = tenant and a.closed_at is null and a.id = any (p_accounts)
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
        left join hazina.ledger_transfers t on t.tenant_id = tenant and t.id = r.id
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
    join hazina.ledger_transfers t on t.tenant_id = tenant and t.id = r.id
    where r.code = 'ok' and r.timeout is not null and r.head is null;
end $$;
