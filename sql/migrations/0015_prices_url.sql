-- Where a tenant's own prices come from; without one it has the operator's.

alter table hazina.tenants
    add column prices_url text,
    add constraint tenants_prices_url_check check (octet_length(prices_url) between 1 and 2048);
