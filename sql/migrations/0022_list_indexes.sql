-- Indexes of lists begin with what a list is of. Those that began with the tenant and ended with the id
-- were taken for the primary key while nothing was known of a new table, and plans that were kept then
-- read all of a tenant for one row.

drop index hazina.incoming_payments_payment_pointer;
create index incoming_payments_payment_pointer
    on hazina.incoming_payments (payment_pointer_id, tenant_id, id);

drop index hazina.quotes_payment_pointer;
create index quotes_payment_pointer on hazina.quotes (payment_pointer_id, tenant_id, id);

drop index hazina.outgoing_payments_payment_pointer;
create index outgoing_payments_payment_pointer
    on hazina.outgoing_payments (payment_pointer_id, tenant_id, id);

drop index hazina.webhook_events_subject_id;
create index webhook_events_subject_id on hazina.webhook_events (subject_id, tenant_id, id);
drop index hazina.webhook_events_pending;
create index webhook_events_pending on hazina.webhook_events (subject_id, tenant_id, id)
    where state = 'PENDING';
drop index hazina.webhook_events_undelivered;
create index webhook_events_undelivered on hazina.webhook_events (state, tenant_id, id)
    where state <> 'DELIVERED';
drop index hazina.webhook_events_payment_pointer_id;
create index webhook_events_payment_pointer_id
    on hazina.webhook_events (payment_pointer_id, tenant_id, id);
drop index hazina.webhook_events_type;
create index webhook_events_type on hazina.webhook_events (type, tenant_id, id);
-- Followers sort the few events of one transaction.
drop index hazina.webhook_events_transaction_id;
create index webhook_events_transaction_id on hazina.webhook_events (tenant_id, transaction_id);
