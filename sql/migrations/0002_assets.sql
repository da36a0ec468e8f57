-- Assets and the ledger accounts behind them.

create table hazina.assets (
    tenant_id uuid not null references hazina.tenants,
    id uuid not null,
    code text not null,
    scale smallint not null,
    withdrawal_threshold numeric(20, 0),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint assets_code_scale_key unique (tenant_id, code, scale),
    constraint assets_code_check check (code ~ '^[^[:space:][:cntrl:]]{1,255}$'),
    constraint assets_scale_check check (scale between 0 and 255),
    constraint assets_withdrawal_threshold_check
        check (withdrawal_threshold between 0 and 18446744073709551615)
);

alter table hazina.assets enable row level security;
alter table hazina.assets force row level security;
create policy tenant_isolation on hazina.assets
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Balances are materialised. Amounts are in the asset's smallest unit. Totals are wider than one
-- amount, so that turnover never blocks an account.
--   settlement   debit-normal: what has been paid in, less what has been paid out
--   the others   credit-normal: what the tenant owes through that account
create table hazina.ledger_accounts (
    tenant_id uuid not null,
    id uuid not null,
    asset_id uuid not null,
    kind text not null,
    debits_posted numeric(39, 0) not null default 0,
    debits_pending numeric(39, 0) not null default 0,
    credits_posted numeric(39, 0) not null default 0,
    credits_pending numeric(39, 0) not null default 0,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, asset_id) references hazina.assets,
    constraint ledger_accounts_kind_check check (kind in (
        'settlement', 'asset', 'peer', 'payment_pointer', 'incoming_payment', 'outgoing_payment')),
    constraint ledger_accounts_totals_check check (
        debits_posted >= 0 and debits_pending >= 0
        and credits_posted >= 0 and credits_pending >= 0),
    constraint ledger_accounts_balance_check check (
        case when kind = 'settlement'
            then debits_posted >= credits_posted + credits_pending
            else credits_posted >= debits_posted + debits_pending
        end)
);

create unique index ledger_accounts_settlement_key
    on hazina.ledger_accounts (tenant_id, asset_id) where kind = 'settlement';

alter table hazina.ledger_accounts enable row level security;
alter table hazina.ledger_accounts force row level security;
create policy tenant_isolation on hazina.ledger_accounts
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));

-- Opens the liquidity account of an asset (which has the asset's id) and its settlement account.
create function hazina.ledger_open_asset(p_asset_id uuid, p_settlement_id uuid) returns void
    language sql security definer set search_path = '' as $$
    insert into hazina.ledger_accounts (tenant_id, id, asset_id, kind)
    select a.tenant_id, new.id, a.id, new.kind
    from hazina.assets a
    cross join (values (p_asset_id, 'asset'), (p_settlement_id, 'settlement')) as new (id, kind)
    where a.tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)
        and a.id = p_asset_id
$$;
