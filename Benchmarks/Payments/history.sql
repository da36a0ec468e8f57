-- Payments of the past, as the server leaves them: what was expected, the quote, the payment, its account and
-- that of what was expected, both transfers, and the three events. Constraints and triggers are the schema's own.
--
--   psql -v tenant=ID -v asset=ID -v payments=COUNT -v part=0 -v parts=1 -f history.sql
--
-- `tenant` has the asset USD of scale 2, `asset`. It gets 100 payment pointers, unless it has them, between which
-- the payments were made in turn, one every 50 ms up to now. Several parts may be made at the same time, once
-- there are the payment pointers. Prints these, an id and a URL a line.

set synchronous_commit = off;
set work_mem = '64MB';
set client_min_messages = warning;
select set_config('app.tenant_id', :'tenant', false), set_config('history.asset', :'asset', false),
    set_config('history.payments', :'payments', false), set_config('history.part', :'part', false),
    set_config('history.parts', :'parts', false) \g /dev/null

-- A UUID of version 7 for a moment, as those are that the server makes.
create function pg_temp.new_id(moment timestamptz) returns uuid language sql volatile as $$
    select (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0')
        || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid
$$;
create function pg_temp.text_of(moment timestamptz) returns text language sql stable as $$
    select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

with made as (
    insert into hazina.payment_pointers (tenant_id, id, asset_id, url, normalized_url)
    select :'tenant', pg_temp.new_id(now() + n * interval '1 ms'), :'asset', url, url
    from generate_series(0, 99) n
    cross join lateral (select 'https://history.example/' || n as url) u
    where not exists (select from hazina.payment_pointers where tenant_id = :'tenant' and normalized_url = url)
    order by n
    returning id
)
insert into hazina.ledger_accounts (tenant_id, id, asset_id, kind)
select :'tenant', id, :'asset', 'payment_pointer' from made;
create temporary table pointer as
select substring(url from '[0-9]+$')::int as n, id, url
from hazina.payment_pointers where tenant_id = :'tenant' and url like 'https://history.example/%';

-- The payments that one transaction makes.
create temporary table payment (
    incoming uuid, quote uuid, created uuid, sending uuid, completed uuid, received uuid,
    payer uuid, payee uuid, receiver text, began timestamptz, ended timestamptz,
    began_text text, ended_text text, expires_text text);

do $history$
declare
    tenant constant uuid := current_setting('app.tenant_id');
    asset constant uuid := current_setting('history.asset');
    total constant int := current_setting('history.payments');
    settlement constant uuid := (
        select id from hazina.ledger_accounts
        where tenant_id = tenant and asset_id = asset and kind = 'settlement');
    start constant timestamptz := now() - total * interval '50 ms';
    amount constant text := '{"assetCode":"USD","assetScale":2,"value":"100"}';
    nothing constant text := '{"assetCode":"USD","assetScale":2,"value":"0"}';
    part constant bigint := current_setting('history.part');
    parts constant bigint := current_setting('history.parts');
    first int := total * part / parts + 1;
    last constant int := total * (part + 1) / parts;
begin
    while first <= last loop
        insert into payment
        select pg_temp.new_id(began), pg_temp.new_id(began + interval '5 ms'),
            pg_temp.new_id(began + interval '10 ms'), pg_temp.new_id(began + interval '15 ms'),
            pg_temp.new_id(began + interval '20 ms'), pg_temp.new_id(began + interval '21 ms'),
            payer.id, payee.id, payee.url || '/incoming-payments/', began, began + interval '20 ms',
            pg_temp.text_of(began), pg_temp.text_of(began + interval '20 ms'),
            pg_temp.text_of(began + interval '90 days')
        from generate_series(first, least(first + 4999, last)) number
        cross join lateral (select start + number * interval '50 ms' as began) moment
        join pointer payer on payer.n = number % 100
        join pointer payee on payee.n = (number * 37 + 11) % 100;
        update payment set receiver = receiver || incoming;

        insert into hazina.incoming_payments (
            tenant_id, id, payment_pointer_id, asset_id, state, incoming_amount, received_amount,
            expires_at, created_at, updated_at)
        select tenant, incoming, payee, asset, 'COMPLETED', 100, 100, began + interval '90 days', began, ended
        from payment order by incoming;
        insert into hazina.quotes (
            tenant_id, id, payment_pointer_id, asset_id, receiver, receiver_tenant_id,
            receiver_payment_id, receive_asset_code, receive_asset_scale, send_amount, fee_amount,
            receive_amount, exchange_rate, created_at, expires_at)
        select tenant, quote, payer, asset, receiver, tenant, incoming, 'USD', 2, 100, 0, 100, 1, began,
            began + interval '5 minutes'
        from payment order by quote;
        insert into hazina.outgoing_payments (
            tenant_id, id, payment_pointer_id, state, sent_amount, created_at, updated_at)
        select tenant, quote, payer, 'COMPLETED', 100, began, ended from payment order by quote;

        insert into hazina.ledger_accounts (tenant_id, id, asset_id, kind, created_at)
        select tenant, quote, asset, 'outgoing_payment', began from payment
        union all
        select tenant, incoming, asset, 'incoming_payment', ended from payment
        order by 2;
        insert into hazina.webhook_events (
            tenant_id, id, type, subject_id, payment_pointer_id, data, withdrawal_account_id,
            withdrawal_asset_id, withdrawal_amount, created_at, updated_at, queued_at, next_attempt_at)
        select tenant, e.id, e.type, e.subject, e.pointer, e.data, e.account, e.asset, e.amount, e.moment,
            e.moment, e.moment, e.moment
        from payment p
        cross join lateral (values
            (p.created, 'outgoing_payment.created', p.quote, p.payer, format(
                '{"payment":{"balance":"0","createdAt":"%s","id":"%s","paymentPointerId":"%s",'
                    '"receiveAmount":%s,"receiver":"%s","sendAmount":%4$s,"sentAmount":%s,'
                    '"state":"FUNDING","stateAttempts":0,"updatedAt":"%1$s"}}',
                p.began_text, p.quote, p.payer, amount, p.receiver, nothing),
                null::uuid, null::uuid, null::numeric, p.began),
            (p.completed, 'outgoing_payment.completed', p.quote, p.payer, format(
                '{"payment":{"balance":"0","createdAt":"%s","id":"%s","paymentPointerId":"%s",'
                    '"receiveAmount":%s,"receiver":"%s","sendAmount":%4$s,"sentAmount":%4$s,'
                    '"state":"COMPLETED","stateAttempts":0,"updatedAt":"%6$s"}}',
                p.began_text, p.quote, p.payer, amount, p.receiver,
                p.ended_text),
                null, null, null, p.ended),
            (p.received, 'incoming_payment.completed', p.incoming, p.payee, format(
                '{"incomingPayment":{"completed":true,"createdAt":"%s","expiresAt":"%s","id":"%s",'
                    '"incomingAmount":%s,"paymentPointerId":"%s","receivedAmount":%4$s,'
                    '"updatedAt":"%6$s"}}',
                p.began_text, p.expires_text, p.incoming, amount, p.payee, p.ended_text),
                p.incoming, asset, 100, p.ended)
        ) e (id, type, subject, pointer, data, account, asset, amount, moment)
        order by e.id;

        -- Last, since it needs the settlement account for itself.
        perform from hazina.ledger_accounts where tenant_id = tenant and id = settlement for update;
        insert into hazina.ledger_transfers (
            tenant_id, id, debit_account_id, credit_account_id, state, amount, created_at)
        select tenant, created, settlement, quote, 'posted'::hazina.transfer_state, 100, began from payment
        union all
        select tenant, sending, quote, incoming, 'posted', 100, ended from payment
        order by 2;

        truncate payment;
        commit;
        first := first + 5000;
    end loop;
end
$history$;

select id, url from pointer order by n;
