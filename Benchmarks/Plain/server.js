// The yardstick of scripts/bench-plain: some of Hazina's requests, answered on Hazina's tables by a server as
// one writes it for Node, with graphql-js and node-postgres.
//
//     NODE_PATH=MODULES PORT=... DATABASE_URL=... node server.js SCHEMA
//
// It does what Hazina does for each request: it hashes the key, looks it up in the database (which also says
// whether it has been revoked or has expired; nothing is kept), notes once a minute that it was used, parses,
// validates and executes the document against Hazina's whole schema, and compares the tenant in every
// statement. Statements are prepared once for each connection.
//
// It is spared what most such servers do without: row-level security. Its role bypasses that, since to set
// the tenant for it takes a transaction, and so three more round trips for each read. With ROW_SECURITY=true
// it reads in such transactions, and can log in with Hazina's own role. Nor has it limits, logs or metrics.
//
// It lacks what few such servers have: Hazina looks a key up once for all requests that wait with the same
// one. With SHARED_LOOKUPS=true it does so, too.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const http = require('node:http');
const { GraphQLError, buildSchema, graphql } = require('graphql');
const { Pool } = require('pg');

const schema = buildSchema(fs.readFileSync(process.argv[2], 'utf8'));
const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.POOL_SIZE ?? 10),
});
const hasRowSecurity = process.env.ROW_SECURITY === 'true';
const sharesLookUps = process.env.SHARED_LOOKUPS === 'true';

// Database

async function transaction(tenant, body) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query({
      name: 'set_tenant', text: "select set_config('app.tenant_id', $1, true)", values: [tenant],
    });
    const result = await body(client);
    await client.query('commit');
    client.release();
    return result;
  } catch (error) {
    await client.query('rollback').then(() => client.release(), (lost) => client.release(lost));
    throw error;
  }
}

// The rows that a statement reads; its first value is the tenant.
async function read(name, text, values) {
  const query = (client) => client.query({ name, text, values });
  const result = hasRowSecurity ? await transaction(values[0], query) : await query(pool);
  return result.rows;
}

// Ids in the order of their making, as Hazina's (RFC 9562, version 7).
function uuidv7() {
  const bytes = crypto.randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const isUUID = (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
const none = '00000000-0000-0000-0000-000000000000';

// Callers

function lookUp(secret, isSession) {
  return pool.query({
    name: 'identify',
    text: `select tenant_id, api_key_id, payment_pointer_id, session_id, is_use_due, is_read_only, fields
      from hazina.identify($1, $2)`,
    values: [crypto.createHash('sha256').update(secret).digest(), isSession],
  });
}

// The look-ups under way by their secret, each with the one after it, if anybody waits for that: one that has
// begun already might say what was so before a request came.
const lookUps = new Map();

function shareLookUp(secret, isSession) {
  const underWay = lookUps.get(secret);
  if (underWay) {
    underWay.next ??= underWay.current.catch(() => {}).then(() => beginLookUp(secret, isSession));
    return underWay.next;
  }
  return beginLookUp(secret, isSession);
}

function beginLookUp(secret, isSession) {
  const entry = { current: lookUp(secret, isSession) };
  const end = () => { if (lookUps.get(secret) === entry) lookUps.delete(secret); };
  lookUps.set(secret, entry);
  entry.current.then(end, end);
  return entry.current;
}

async function identify(headers) {
  const session = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const secret = headers['x-api-key'] ?? session;
  if (!secret) return null;
  const find = sharesLookUps ? shareLookUp : lookUp;
  const { rows } = await find(secret, secret === session);
  if (rows.length === 0) return null;
  const [caller] = rows;
  if (caller.is_use_due) noteUse(caller).catch((error) => console.error(error));
  return caller;
}

function noteUse({ tenant_id, api_key_id }) {
  return transaction(tenant_id, (client) => client.query(
    `update hazina.api_keys set last_used_at = now()
      where tenant_id = $1 and id = $2
        and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    [tenant_id, api_key_id]));
}

const refusal = (message, code) => new GraphQLError(message, { extensions: { code } });

// Who calls a field, if that may.
function admit(caller, field, { forSessions = false, isMutation = false } = {}) {
  if (!caller) throw refusal('Unauthenticated', 'UNAUTHENTICATED');
  const isForbidden = (caller.session_id && !forSessions) || (isMutation && caller.is_read_only)
    || (caller.fields && !caller.fields.includes(field));
  if (isForbidden) throw refusal('Forbidden', 'FORBIDDEN');
  return caller;
}

const mayAccess = (caller, pointer) => !caller.session_id || caller.payment_pointer_id === pointer;

// Answers

const assetColumns = `a.id as asset_id, a.code, a.scale, a.withdrawal_threshold, a.fee_fixed,
  a.fee_basis_points, a.created_at as asset_created_at`;

function assetOf(row) {
  return {
    id: row.asset_id,
    code: row.code,
    scale: row.scale,
    withdrawalThreshold: row.withdrawal_threshold,
    fee: { fixed: row.fee_fixed, basisPoints: row.fee_basis_points },
    createdAt: row.asset_created_at.toISOString(),
  };
}

function paymentOf(row, { code, scale }) {
  const amount = (value) => ({ value, assetCode: code, assetScale: scale });
  return {
    id: row.id,
    paymentPointerId: row.payment_pointer_id,
    state: row.state,
    expiresAt: row.expires_at.toISOString(),
    incomingAmount: row.incoming_amount === null ? null : amount(row.incoming_amount),
    receivedAmount: amount(row.received_amount),
    description: row.description,
    externalRef: row.external_ref,
    metadata: () => row.metadata.flatMap((name, index, all) => (
      index % 2 ? [] : [{ name, value: all[index + 1] }])),
    createdAt: row.created_at.toISOString(),
  };
}

const paymentColumns = `id, payment_pointer_id, state, incoming_amount, received_amount, description,
  external_ref, metadata, expires_at, created_at`;

async function paymentsOf(pointer, asset, { first = 20, after = none }, caller) {
  if (first < 1 || first > 100 || !isUUID(after)) throw refusal('Bad page', 'BAD_USER_INPUT');
  const rows = await read('payments', `select ${paymentColumns} from hazina.incoming_payments
    where tenant_id = $1 and payment_pointer_id = $2 and id > $3 order by id limit $4`,
  [caller.tenant_id, pointer, after, first + 1]);
  const nodes = rows.slice(0, first).map((row) => paymentOf(row, asset));
  return {
    edges: nodes.map((node) => ({ node, cursor: node.id })),
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage: after !== none,
      startCursor: nodes[0]?.id,
      endCursor: nodes.at(-1)?.id,
    },
  };
}

async function createPayment(input, caller) {
  const { paymentPointerId: pointer, incomingAmount: amount } = input;
  const failure = (code, message) => ({ code, success: false, message });
  const expiresAt = input.expiresAt ? new Date(input.expiresAt) : null;
  if (expiresAt && !(expiresAt > new Date())) return failure('400', 'invalid expiresAt');
  if (amount && BigInt(amount.value) === 0n) return failure('400', 'invalid amount');
  if (!isUUID(pointer) || !mayAccess(caller, pointer)) {
    return failure('404', 'unknown payment pointer');
  }
  return transaction(caller.tenant_id, async (client) => {
    const { rows: [found] } = await client.query({
      name: 'pointer_to_pay',
      text: `select p.asset_id, p.is_active, a.code, a.scale from hazina.payment_pointers p
        join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
        where p.tenant_id = $1 and p.id = $2`,
      values: [caller.tenant_id, pointer],
    });
    if (!found) return failure('404', 'unknown payment pointer');
    if (!found.is_active) return failure('409', 'payment pointer is not active');
    if (amount && (amount.assetCode !== found.code || amount.assetScale !== found.scale)) {
      return failure('400', 'invalid amount');
    }
    const { rows: [made] } = await client.query({
      name: 'make_payment',
      text: `insert into hazina.incoming_payments (tenant_id, id, payment_pointer_id, asset_id,
          incoming_amount, description, external_ref, metadata, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, now() + interval '90 days'))
        returning ${paymentColumns}`,
      values: [caller.tenant_id, uuidv7(), pointer, found.asset_id, amount?.value, input.description,
        input.externalRef, (input.metadata ?? []).flatMap(({ name, value }) => [name, value]),
        expiresAt],
    });
    await client.query({
      name: 'schedule_expiry',
      text: "select hazina.work_schedule('incoming_payment', array[$1::uuid], array[$2::timestamptz])",
      values: [made.id, made.expires_at],
    });
    return {
      code: '200', success: true, message: 'Created Incoming Payment', payment: paymentOf(made, found),
    };
  });
}

const root = {
  async asset({ id }, { caller }) {
    admit(caller, 'asset');
    const rows = isUUID(id) ? await read('asset', `select ${assetColumns} from hazina.assets a
      where a.tenant_id = $1 and a.id = $2`, [caller.tenant_id, id]) : [];
    if (rows.length === 0) throw refusal('No asset', 'NOT_FOUND');
    return assetOf(rows[0]);
  },

  async paymentPointer({ id }, { caller }) {
    admit(caller, 'paymentPointer', { forSessions: true });
    const rows = isUUID(id) && mayAccess(caller, id) ? await read('payment_pointer',
      `select p.id, p.url, p.public_name, p.is_active, p.created_at, ${assetColumns}
        from hazina.payment_pointers p
        join hazina.assets a on a.tenant_id = p.tenant_id and a.id = p.asset_id
        where p.tenant_id = $1 and p.id = $2`, [caller.tenant_id, id]) : [];
    if (rows.length === 0) throw refusal('No payment pointer', 'NOT_FOUND');
    const [row] = rows;
    const asset = assetOf(row);
    return {
      id: row.id,
      asset,
      url: row.url,
      publicName: row.public_name,
      isActive: row.is_active,
      createdAt: row.created_at.toISOString(),
      incomingPayments: (page, context) => paymentsOf(row.id, asset, page, context.caller),
    };
  },

  createIncomingPayment({ input }, { caller }) {
    admit(caller, 'createIncomingPayment', { forSessions: true, isMutation: true });
    return createPayment(input, caller);
  },
};

// HTTP

function answer(response, status, body) {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function bodyOf(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString()));
    request.on('error', reject);
  });
}

async function answerGraphQL(request, response) {
  const { query, variables, operationName } = JSON.parse(await bodyOf(request));
  const caller = await identify(request.headers);
  const result = await graphql({
    schema, source: query, rootValue: root, contextValue: { caller },
    variableValues: variables, operationName,
  });
  // Nothing of what is measured has an error: wrk is to see that.
  answer(response, result.errors ? 400 : 200, JSON.stringify(result));
}

http.createServer((request, response) => {
  if (request.url === '/healthz') {
    answer(response, 200, '{"status":"ok"}');
  } else if (request.url === '/graphql' && request.method === 'POST') {
    answerGraphQL(request, response).catch((error) => {
      console.error(error);
      answer(response, 500, '{"errors":[{"message":"Internal server error"}]}');
    });
  } else {
    answer(response, 404, '{"errors":[{"message":"Not found"}]}');
  }
}).listen(Number(process.env.PORT), '127.0.0.1');
