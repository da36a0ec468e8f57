// Measures graphql-js on the documents of this folder; see scripts/bench-graphql.
//
//     node reference.js GRAPHQL-JS-FOLDER SCHEMA
//
// Prints one line for each step: its name, a tab, microseconds of processor time a call.
'use strict';
const fs = require('fs');
const path = require('path');
const [modulePath, schemaPath] = process.argv.slice(2);
const graphql = require(path.resolve(modulePath));

const read = (name) => fs.readFileSync(path.join(__dirname, name), 'utf8');
const dashboard = read('dashboard.graphql');
const introspection = read('introspection.graphql');
const schema = graphql.buildSchema(fs.readFileSync(schemaPath, 'utf8'));

// Processor time: what else the machine does then matters less.
function microseconds() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

// Warms up for a second, then takes the best of three rounds of a fifth of a second.
function measure(name, step) {
  let calls = 0;
  const start = microseconds();
  while (microseconds() - start < 1e6) {
    step();
    calls += 1;
  }
  const round = Math.max(1, Math.ceil(calls / 5));
  let best = Infinity;
  for (let i = 0; i < 3; i += 1) {
    const begun = microseconds();
    for (let n = 0; n < round; n += 1) step();
    best = Math.min(best, (microseconds() - begun) / round);
  }
  process.stdout.write(`${name}\t${best}\n`);
}

function valid(text) {
  const errors = graphql.validate(schema, graphql.parse(text));
  if (errors.length > 0) throw errors[0];
}

function execute(args) {
  const result = graphql.executeSync(args);
  if (result.errors) throw result.errors[0];
  return JSON.stringify(result);
}

process.stdout.write(`version\t${graphql.version} on node ${process.version}\n`);
measure('parse', () => graphql.parse(dashboard));
measure('parse and validate', () => valid(dashboard));
const parsedIntrospection = graphql.parse(introspection);
measure('introspection', () => execute({ schema, document: parsedIntrospection }));

const pageSchema = graphql.buildSchema(read('page-schema.graphql'));
const page = graphql.parse(read('page.graphql'));
const customers = Array.from({ length: 100 }, (_, i) => ({
  id: String(i),
  name: `Customer number ${i}`,
  email: i % 10 === 0 ? null : `customer${i}@example.com`,
  age: 20 + (i % 60),
  isActive: i % 2 === 0,
  score: i * 1.5 + 0.25,
  city: 'Nairobi',
  country: 'Kenya',
  createdAt: '2025-01-01T00:00:00Z',
  balance: String(123456789 + i),
}));
const rootValue = { customers: ({ first }) => customers.slice(0, first) };
measure('page of 100 nodes', () =>
  execute({ schema: pageSchema, document: page, rootValue, variableValues: { first: 100 } }),
);
const answer = execute({
  schema: pageSchema,
  document: page,
  rootValue,
  variableValues: { first: 100 },
});
process.stdout.write(`page bytes\t${Buffer.byteLength(answer)}\n`);
