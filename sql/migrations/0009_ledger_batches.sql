-- Resolving transfers, and the batch that does it all.

-- Posts, voids or expires the pending transfer p_id with all its legs, on accounts that are locked.
-- One whose time has passed expires, whatever was asked for.
create function hazina.ledger_resolve(
    p_action text, p_id uuid, out code text, out amount numeric)
    language plpgsql security definer set search_path = '' as $$
declare
    tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
    head hazina.ledger_transfers;
    outcome hazina.transfer_state;
begin
    select * into head from hazina.ledger_transfers t
    where t.tenant_id = tenant and t.id = p_id and t.linked_to is null;
    amount := head.amount;
    if head.state = 'pending' then
        outcome := case
            when head.expires_at <= clock_timestamp() then 'expired'
            when p_action = 'post' then 'posted'
            when p_action = 'void' then 'voided'
        end;
        if outcome is null then
            code := 'not_due';
            return;
        end if;
        update hazina.ledger_transfers t set state = outcome, resolved_at = clock_timestamp()
        where t.tenant_id = tenant and (t.id = p_id or t.linked_to = p_id);
        delete from hazina.ledger_expiries e where e.tenant_id = tenant and e.transfer_id = p_id;
        code := case
            when outcome = 'expired' and p_action <> 'expire' then 'already_voided'
            else 'ok'
        end;
        return;
    end if;
    code := case
        when head.state in ('voided', 'expired') then 'already_voided'
        -- A deposit was never there to be resolved.
        when head.state = 'posted' and (head.resolved_at is not null or not exists (
            select from hazina.ledger_accounts a
            where a.tenant_id = tenant and a.id = head.debit_account_id
                and a.kind = 'settlement')) then 'already_posted'
        else 'transfer_unknown'
    end;
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
create function hazina.ledger_apply(
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
    perform from hazina.ledger_accounts a
    where a.tenant_id = tenant and a.id = any (accounts) order by a.id for no key update;
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
