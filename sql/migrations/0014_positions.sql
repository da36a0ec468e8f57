-- What tenants of the server owe each other. Each side has a row and a ledger account of its own:
-- the receiving tenant a receivable, up to the limit that it sets, the paying tenant a payable.

create table hazina.positions (
    tenant_id uuid not null references hazina.tenants,
    -- Also that of the ledger account.
    id uuid not null,
    asset_id uuid not null,
    counterparty_id uuid not null,
    side text not null,
    -- As the receiving tenant has set it.
    amount_limit numeric(20, 0) not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, asset_id) references hazina.assets,
    constraint positions_key unique (tenant_id, side, counterparty_id, asset_id),
    constraint positions_side_check check (side in ('PAYABLE', 'RECEIVABLE')),
    constraint positions_counterparty_check check (counterparty_id <> tenant_id),
    constraint positions_amount_limit_check
        check (amount_limit between 0 and 18446744073709551615)
);

alter table hazina.positions enable row level security;
alter table hazina.positions force row level security;
create policy tenant_isolation on hazina.positions
    using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
