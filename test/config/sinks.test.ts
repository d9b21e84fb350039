import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { config, folderWith, problemsIn, reading } from './fixture.js';

const file = (text: string): string => `sinks:\n${text.replaceAll(/^/gm, '  ')}\n`;

test('every example in docs/operations/audit-trail.md can be read', async (t) => {
  const page = await readFile(new URL('../../../docs/operations/audit-trail.md', import.meta.url), 'utf8');
  const [section = ''] = /## Sending the trail elsewhere[^]*?\n## /.exec(page) ?? [];
  const examples = [...section.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text);
  const used: string[] = [];
  for (const text of examples) {
    const { sinks } = await config(t, text.startsWith('sinks:') ? text : file(text));
    used.push(...sinks.map(({ target }) => target.use));
  }
  t.deepEqual([...new Set(used)].sort(), ['file', 'otlp', 'splunk-hec', 'syslog', 'webhook', 'winston']);
});

test('no sink is the default', async (t) => {
  t.deepEqual((await config(t, '')).sinks, []);
});

test('a sink needs a name, a use and few options', async (t) => {
  const folder = await folderWith(t, file('- {name: copy, use: file, options: {path: out/audit.jsonl}}'));
  const { sinks } = await config(t, '', { folder });
  t.deepEqual(sinks, [
    {
      name: 'copy',
      format: 'own',
      kinds: 'all',
      from: 'oldest',
      onRefused: 'retry',
      limits: { records: 500, bytes: 2 ** 20, waitMs: 1_000 },
      timeoutMs: 30_000,
      target: { use: 'file', path: join(folder, 'out/audit.jsonl') },
      tls: 'plain',
      headers: {},
      secret: { source: 'none', header: '', before: '' },
    },
  ]);
});

test('every option of a sink is read', async (t) => {
  const { sinks } = await config(
    t,
    file(`- name: siem
  use: webhook
  format: ecs
  kinds: [decision, close]
  from: now
  refused: skip
  timeout: 5s
  batch: { records: 10, size: 64KiB, wait: 250ms }
  options:
    url: https://siem.corp.example/in
    body: lines
    headers: { X-Tenant: a }
    token-file: /etc/token
    token-header: X-Key
    ca-file: /etc/ca.pem
    cert-file: /etc/cert.pem
    key-file: /etc/key.pem
    server-name: siem.corp.example
- name: syslog
  use: syslog
  options: { host: "2001:db8::5", facility: 16 }
- name: plain
  use: syslog
  options: { host: Syslog.corp.example, tls: false }
- name: splunk
  use: splunk-hec
  options: { url: "https://splunk.corp.example:8088", token-variable: HEC_TOKEN, ack: true, index: egress }
- name: otel
  use: otlp
  options: { url: "https://otel.corp.example:4318/v1/logs", token-file: /etc/otel }
- name: otel-json
  use: otlp
  options: { url: "https://otel.corp.example:4318/v1/logs", encoding: json }
- name: own
  use: winston
  options: { transport: winston-loki, options: { host: x } }`),
  );
  const [webhook, syslog, plain, splunk, otel, otelJson, own] = sinks;
  t.like(webhook, {
    format: 'ecs',
    kinds: ['decision', 'close'],
    from: 'now',
    onRefused: 'skip',
    timeoutMs: 5_000,
    limits: { records: 10, bytes: 65_536, waitMs: 250 },
    target: { use: 'webhook', url: 'https://siem.corp.example/in', body: 'lines' },
    headers: { 'x-tenant': 'a' },
    secret: { source: { kind: 'file', path: '/etc/token' }, header: 'x-key', before: '' },
    tls: {
      caFile: '/etc/ca.pem',
      identity: { certFile: '/etc/cert.pem', keyFile: '/etc/key.pem' },
      serverName: 'siem.corp.example',
    },
  });
  t.like(syslog, {
    target: { host: '2001:db8::5', port: 6514, facility: 16, app: 'tidegate' },
    tls: { caFile: 'none' },
  });
  t.like(plain, { target: { host: 'syslog.corp.example', port: 514, facility: 13 }, tls: 'plain' });
  t.like(splunk, {
    target: { ack: true, index: 'egress', source: 'tidegate' },
    secret: { source: { kind: 'variable', name: 'HEC_TOKEN' }, before: 'Splunk ' },
  });
  t.like(otelJson, { target: { encoding: 'json' } });
  t.like(otel, {
    target: { encoding: 'protobuf' },
    secret: { header: 'authorization', before: 'Bearer ' },
  });
  t.like(own, { target: { transport: 'winston-loki', options: { host: 'x' }, confirm: 'callback' } });
});

const wrongs: Readonly<Record<string, readonly [string, RegExp]>> = {
  'no map': ['- siem', /^tidegate\.yaml:2:5: sinks: expected a mapping of name/],
  'no name': ['- {use: file, options: {path: a}}', /sinks: requires name$/],
  'a name that is no file name': [
    '- {name: ../a, use: file, options: {path: a}}',
    /sinks\.name: expected a name of a-z/,
  ],
  'one name twice': [
    '- {name: a, use: file, options: {path: a}}\n- {name: a, use: file, options: {path: b}}',
    /tidegate\.yaml:3:6: sinks: duplicate entry/,
  ],
  'an unknown use': ['- {name: a, use: kafka, options: {x: 1}}', /sinks\.use: expected one of file, syslog/],
  'a list as use': ['- {name: a, use: [file], options: {path: a}}', /sinks\.use: expected one of file/],
  'no options': ['- {name: a, use: file}', /sinks: requires options$/],
  'an unknown key': [
    '- {name: a, use: file, formt: own, options: {path: a}}',
    /sinks: unknown key "formt" \(did you mean "format"\?\)/,
  ],
  'an unknown option': [
    '- {name: a, use: file, options: {pth: a, path: a}}',
    /sinks\.options: unknown key "pth" \(did you mean "path"\?\)/,
  ],
  'an unknown limit': [
    '- {name: a, use: file, batch: {rows: 1}, options: {path: a}}',
    /sinks\.batch: unknown key "rows" \(known here: records, size, wait\)/,
  ],
  'an unknown format': [
    '- {name: a, use: file, format: xml, options: {path: a}}',
    /sinks\.format: expected one of own, ecs, ocsf, cef/,
  ],
  'a collector without a token': [
    '- {name: a, use: splunk-hec, options: {url: "https://a.example"}}',
    /sinks\.options: requires token-file or token-variable/,
  ],
  'two tokens': [
    '- {name: a, use: otlp, options: {url: "https://a.example", token-file: a, token-variable: B}}',
    /token-variable: conflicts with token-file; set only one/,
  ],
  'an unknown encoding': [
    '- {name: a, use: otlp, options: {url: "https://a.example", encoding: grpc}}',
    /encoding: expected one of protobuf, json/,
  ],
  'a password in an address': [
    '- {name: a, use: webhook, options: {url: "https://u:hunter2@a.example"}}',
    /url: the address holds a user or a password/,
  ],
  'an address of another kind': [
    '- {name: a, use: webhook, options: {url: "ftp://a.example"}}',
    /url: expected a web address such as https/,
  ],
  'a header of ours': [
    '- {name: a, use: webhook, options: {url: "https://a.example", headers: {Authorization: hunter2}}}',
    /headers\.Authorization: this header is reserved/,
  ],
  'a header with a line end': [
    '- {name: a, use: webhook, options: {url: "https://a.example", headers: {x: "a\\r\\nb: hunter2"}}}',
    /headers\.x: expected printable ASCII/,
  ],
  'half an identity': [
    '- {name: a, use: syslog, options: {host: a.example, cert-file: a}}',
    /cert-file and key-file require each other/,
  ],
  'files for TLS without it': [
    '- {name: a, use: syslog, options: {host: a.example, tls: false, ca-file: a}}',
    /options\.tls: conflicts with the options of TLS/,
  ],
  'a transport that would leave records out': [
    '- {name: a, use: winston, options: {transport: file, options: {level: warn}}}',
    /options\.level: conflicts with a sink/,
  ],
};

for (const [name, [text, expected]] of Object.entries(wrongs)) {
  test(`is reported at its position: ${name}`, async (t) => {
    const problems = problemsIn(await reading(t, file(text)));
    t.regex(problems.join('\n'), expected);
    t.is(problems.length, 1, problems.join('\n'));
    t.notRegex(problems.join('\n'), /hunter2/);
  });
}
