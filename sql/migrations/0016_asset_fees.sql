-- What a tenant charges for payments that send an asset: a fixed amount in the asset's smallest
-- unit, and hundredths of a percent of what is sent.

alter table hazina.assets
    add column fee_fixed numeric(20, 0) not null default 0,
    add column fee_basis_points integer not null default 0,
    add constraint assets_fee_fixed_check check (fee_fixed between 0 and 18446744073709551615),
    add constraint assets_fee_basis_points_check check (fee_basis_points between 0 and 10000);
