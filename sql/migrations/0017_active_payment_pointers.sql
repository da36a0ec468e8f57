-- Payment pointers that are switched off, and lists of payment pointers.

alter table hazina.payment_pointers add column is_active boolean not null default true;

-- One index for each way a list is read. URLs are compared byte by byte, so that a prefix is a range.
create index payment_pointers_listed_by_url
    on hazina.payment_pointers (tenant_id, (normalized_url collate "C"));
create index payment_pointers_listed_of_asset
    on hazina.payment_pointers (tenant_id, asset_id, id);
create index payment_pointers_listed_of_asset_by_url
    on hazina.payment_pointers (tenant_id, asset_id, (normalized_url collate "C"));
create index payment_pointers_inactive
    on hazina.payment_pointers (tenant_id, id) where not is_active;
