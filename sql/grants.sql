-- All that the server's role may do, and nothing else; applied after every migration.
-- :server stands for the role's quoted name.

revoke all on all tables in schema hazina from :server;
revoke all on all functions in schema hazina from public, :server;
revoke all on schema hazina from public;

grant usage on schema hazina to :server;
grant select on hazina.schema_migrations to :server;

grant select, insert, update (name, prices_url, disabled_at, updated_at) on hazina.tenants to :server;
grant select, insert,
    update (withdrawal_threshold, fee_fixed, fee_basis_points, updated_at)
    on hazina.assets to :server;
grant select, insert,
    update (public_name, is_active, process_at, events_amount, events_withdrawn_amount, updated_at)
    on hazina.payment_pointers to :server;
grant select, insert, update (state, received_amount, updated_at)
    on hazina.incoming_payments to :server;
grant select, insert, delete on hazina.quotes to :server;
grant select, insert, update (amount_limit, updated_at) on hazina.positions to :server;
grant select, insert, update (state, error, state_attempts, sent_amount, updated_at)
    on hazina.outgoing_payments to :server;
grant select, insert, update (expires_at, last_used_at, updated_at), delete
    on hazina.api_keys to :server;
grant select, insert, update (expires_at), delete on hazina.sessions to :server;
grant select, insert,
    update (static_ilp_address, max_packet_amount, outgoing_auth_token, outgoing_endpoint,
        updated_at, deleted_at)
    on hazina.peers to :server;
grant select, insert, delete on hazina.peer_incoming_tokens to :server;
grant select, insert, update (updated_at) on hazina.clients to :server;
grant select, insert, update (jwk, updated_at) on hazina.client_keys to :server;
grant select, insert, update, delete on hazina.idempotency_keys to :server;
grant select, insert, update (last_id) on hazina.retention_marks to :server;
-- How far an event's delivery has come is written by webhook_finish and webhook_resend alone.
grant select, insert, delete on hazina.webhook_events to :server;
grant select, insert, delete,
    update (url, url_since, secret, previous_secret, previous_expires_at, updated_at)
    on hazina.webhooks to :server;

-- When an entry was made is for the database to say.
grant select,
    insert (tenant_id, id, role, key_id, session_id, operation, subject_id, code, arguments,
        client_address, request_id)
    on hazina.audit_log to :server;
grant execute on function hazina.audit_log_expire(integer, integer) to :server;

-- The ledger is written through its functions alone.
grant select on hazina.ledger_accounts, hazina.ledger_transfers to :server;
grant execute on function hazina.ledger_open_asset(uuid, uuid) to :server;
grant execute on function hazina.ledger_open_account(uuid, uuid, text) to :server;
grant execute on function hazina.ledger_open_accounts(uuid[], uuid[], text[]) to :server;
grant execute on function hazina.ledger_set_limit(uuid, numeric) to :server;
grant execute on function hazina.ledger_close_account(uuid) to :server;
grant execute on function hazina.ledger_hold_tenant() to :server;
grant execute on function hazina.ledger_expiries_due(integer) to :server;
grant execute on function hazina.ledger_apply(
    text[], integer[], uuid[], uuid[], uuid[], text[], numeric[], integer[]) to :server;

-- The directories are reached through these alone.
grant execute on function hazina.tenant_is_known(uuid) to :server;
grant execute on function hazina.tenant_ids_after(uuid, integer) to :server;
grant execute on function hazina.tenant_ids_before(uuid, integer) to :server;
grant execute on function hazina.read_tenant(uuid) to :server;
grant execute on function hazina.authenticate(bytea) to :server;
grant execute on function hazina.identify(bytea, boolean) to :server;
grant execute on function hazina.confirm_tenant_key(uuid, timestamptz) to :server;
grant execute on function hazina.resolve_payment_pointer(text) to :server;
grant execute on function hazina.read_client_key(uuid) to :server;
grant execute on function hazina.uuid_at(timestamptz) to :server;
grant execute on function hazina.work_schedule(text, uuid[], timestamptz[]) to :server;
grant execute on function hazina.work_finish(text, uuid[]) to :server;
grant execute on function hazina.work_claim(text[], integer, double precision) to :server;

-- The queue of deliveries is reached through these alone.
grant execute on function hazina.webhooks_next_tenant(uuid, boolean) to :server;
grant execute on function hazina.webhooks_claim(
    uuid, integer, integer, uuid[], integer[], boolean, double precision) to :server;
grant execute on function hazina.webhook_finish(
    uuid, uuid, uuid, boolean, smallint, text, double precision) to :server;
grant execute on function hazina.webhook_resend(uuid) to :server;
grant execute on function hazina.webhooks_hurry() to :server;

-- Numbers about all tenants, for who looks after the server.
grant execute on function hazina.observe(boolean) to :server;
grant execute on function hazina.observe_webhooks(boolean, integer) to :server;
