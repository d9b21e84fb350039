import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import { format } from 'prettier';
import { parse } from 'yaml';
import { z } from 'zod';
import { keys, variableOf } from '../../lib/config/index.js';
import { config, problemsIn, reading } from './fixture.js';
import { configSchema, exampleFile, EXAMPLES, REGENERATE, settingsPage } from './reference.js';

test('config show hides the options of transports, and shows a value for every setting', async (t) => {
  const read = await reading(t, 'log: {transports: [{use: http, options: {auth: {password: hunter2}}}]}\n');
  if (read.kind === 'problems') return t.fail();
  t.deepEqual(
    read.lines.map(({ key }) => key),
    keys,
  );
  for (const { key, value } of read.lines) {
    t.not(value, '', key);
    t.notRegex(value, /hunter2|undefined|\[object/, key);
  }
  return undefined;
});

test('the variable of a key follows from the key', (t) => {
  t.is(variableOf('dns.timeout'), 'TIDEGATE_DNS_TIMEOUT');
  t.is(variableOf('limits.connections-per-client'), 'TIDEGATE_LIMITS_CONNECTIONS_PER_CLIENT');
  t.is(new Set(keys.map(variableOf)).size, keys.length);
});

const docs = new URL('../../../docs/', import.meta.url);

for (const [name, parser, content] of [
  ['settings.md', 'markdown', settingsPage()],
  ['tidegate.schema.json', 'json', JSON.stringify(configSchema())],
] as const) {
  test(`docs/${name} is what the table of settings says`, async (t) => {
    const made = await format(content, { parser, printWidth: 120, singleQuote: true });
    const file = new URL(name, docs);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, made);
    t.is(readFileSync(file, 'utf8'), made, `docs/${name} is stale: run ${REGENERATE}`);
  });
}

test('no cell of docs/settings.md is longer than 160 characters', (t) => {
  for (const line of settingsPage()
    .split('\n')
    .filter((each) => each.startsWith('|')))
    for (const cell of line.split(' | ')) t.true(cell.length <= 160, cell);
});

test('the example file has every setting, can be read, and has the defaults that are constants', async (t) => {
  const text = exampleFile();
  const read = await reading(t, text);
  if (read.kind === 'problems') return t.fail(problemsIn(read).join('\n'));
  t.true(read.lines.every(({ from }) => from !== 'default'));
  const defaults = await config(t, '');
  const constant = keys.filter((key) => !(key in EXAMPLES) && key !== 'users.challenge');
  t.true(constant.length > 20);
  for (const key of constant) t.deepEqual<unknown, unknown>(read.config[key], defaults[key], key);
  return undefined;
});

const good: readonly string[] = [
  '',
  exampleFile(),
  'limits: { connections: "100" }\n',
  'timeouts: { tunnel-idle: 12m }\njournal: { keep-for: 400d, keep-size: 20GiB, reserve: none, compress: "false" }\n',
  'sinks: [{ name: a, use: file, options: { path: x } }, { name: b, use: syslog, options: { host: a.b, tls: false } }]\n',
  'sinks: [{ name: a, use: webhook, format: ecs, kinds: [close], options: { url: "https://a.b/", headers: { x: y } } }]\n',
  'sinks: [{ name: a, use: otlp, batch: { records: 1 }, options: { url: "https://a.b/", encoding: json } }]\n',
  'anchors: [{ name: a, use: http, timeout: 3s, options: { url: "https://a.b/", token-file: t } }]\n',
  'log: { transports: [{ use: console }, { use: "@a/b", options: { x: 1 } }] }\n',
];

const bad: readonly string[] = [
  '- listen\n',
  'listne: [127.0.0.1:1]\n',
  'listen: 127.0.0.1:3128\n',
  'listen: []\n',
  'dns: { timeout: 4 }\n',
  'dns: { tiemout: 4s }\n',
  'dns: 4s\n',
  'limits: { connections: 0 }\n',
  'limits: { connections: many }\n',
  'users: { challenge: maybe }\n',
  'revocation: stop\n',
  'journal: { segment: 64MB }\n',
  'journal: { keep-for: ever }\n',
  'log: { level: loud }\n',
  'log: { transports: [{ use: ../x }] }\n',
  'log: { transports: [{ options: {} }] }\n',
  'hosts: { a.b: 10.0.0.1 }\n',
  'sinks: [{ use: file, options: { path: x } }]\n',
  'sinks: [{ name: a, use: file }]\n',
  'sinks: [{ name: a, use: kafka, options: {} }]\n',
  'sinks: [{ name: a, use: file, options: { path: x, pth: y } }]\n',
  'sinks: [{ name: a, use: file, formt: own, options: { path: x } }]\n',
  'sinks: [{ name: A, use: file, options: { path: x } }]\n',
  'sinks: [{ name: a, use: otlp, options: { url: "ftp://a.b/" } }]\n',
  'anchors: [{ name: a, use: syslog, options: { host: a.b, app: x } }]\n',
];

test('the JSON Schema accepts what the reader accepts, and refuses what an editor can see to be wrong', async (t) => {
  const published = z.fromJSONSchema(
    z
      .custom<z.core.JSONSchema.JSONSchema>()
      .parse(JSON.parse(readFileSync(new URL('tidegate.schema.json', docs), 'utf8'))),
  );
  const bySchema = (text: string): boolean => published.safeParse(parse(text)).success;
  for (const text of good) {
    t.deepEqual(problemsIn(await reading(t, text)), [], text);
    t.true(bySchema(text), text);
  }
  for (const text of bad) {
    t.not(problemsIn(await reading(t, text)).length, 0, text);
    t.false(bySchema(text), text);
  }
});

test('a contact is one line of at most 40 printable ASCII characters, so that it cannot add a header field', async (t) => {
  const contactIn = async (text: string): Promise<string> => {
    const read = await reading(t, `refusals: {contact: ${JSON.stringify(text)}}\n`);
    return read.kind === 'problems' ? 'problems' : read.config['refusals.contact'];
  };
  for (const text of ['go/egress', '#egress (chat), 8-17 UTC', 'x'.repeat(40)]) t.is(await contactIn(text), text);
  for (const text of ['', 'x'.repeat(41), 'a\r\nX-Injected: yes', 'a\n', 'grüße', ' a', 'a ', 'a\tb']) {
    t.is(await contactIn(text), 'problems', JSON.stringify(text));
  }
});
