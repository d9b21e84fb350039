import { join } from 'node:path';
import test from 'ava';
import { config, folderWith, problemsIn, reading } from './fixture.js';

test('an anchor is a file, a syslog receiver or an address', async (t) => {
  const text = `anchors:
  - { name: vault, use: file, options: { path: kept/notes } }
  - { name: siem, use: syslog, options: { host: logs.corp.example, ca-file: ca.pem, facility: 4 } }
  - { name: plain, use: syslog, options: { host: "2001:db8::1", tls: false } }
  - { name: witness, use: http, timeout: 3s, options: { url: "https://witness.corp.example/c", token-file: token } }
`;
  const folder = await folderWith(t, text);
  const { anchors } = await config(t, text, { folder });
  const tls = { caFile: 'none', identity: 'none', serverName: 'host' };
  const secret = { source: 'none', header: '', before: '' };
  const plain = { tls: 'plain', headers: {}, secret, timeoutMs: 10_000 };
  const token = { kind: 'file', path: join(folder, 'token') };
  t.deepEqual<unknown, unknown>(anchors, [
    { ...plain, name: 'vault', target: { use: 'file', path: join(folder, 'kept/notes') } },
    {
      ...plain,
      name: 'siem',
      target: { use: 'syslog', host: 'logs.corp.example', port: 6514, facility: 4 },
      tls: { ...tls, caFile: join(folder, 'ca.pem') },
    },
    { ...plain, name: 'plain', target: { use: 'syslog', host: '2001:db8::1', port: 514, facility: 13 } },
    {
      name: 'witness',
      headers: {},
      target: { use: 'http', url: 'https://witness.corp.example/c' },
      tls,
      secret: { source: token, header: 'authorization', before: 'Bearer ' },
      timeoutMs: 3_000,
    },
  ]);
});

const MISTAKES: readonly (readonly [text: string, problem: RegExp])[] = [
  ['{ name: Vault, use: file, options: { path: x } }', /expected a name of a-z, 0-9 and hyphens/],
  ['{ name: a, use: git, options: {} }', /expected one of file, syslog, http/],
  ['{ name: a, use: file }', /requires options/],
  ['{ name: a, use: file, options: {} }', /requires path/],
  ['{ name: a, use: file, where: x, options: { path: x } }', /unknown key/],
  ['{ name: a, use: file, options: { pathh: x, path: y } }', /unknown key "pathh" \(did you mean "path"\?\)/],
  ['{ name: a, use: syslog, options: { host: "a b" } }', /expected a host name or an address/],
  ['{ name: a, use: syslog, options: { host: a.b, tls: false, ca-file: x } }', /conflicts with the options of TLS/],
  ['{ name: a, use: syslog, options: { host: a.b, cert-file: x } }', /cert-file and key-file require each other/],
  ['{ name: a, use: http, options: { url: "ftp://a.b/" } }', /expected a web address such as https:/],
  ['{ name: a, use: http, options: { url: "https://u:hunter2@a.b/" } }', /holds a user or a password/],
  ['{ name: a, use: http, options: { url: "http://a.b/", token-file: x } }', /a token requires https/],
  ['{ name: a, use: http, timeout: 1h, options: { url: "http://a.b/" } }', /expected a duration from 1s to 2m/],
];

for (const [text, problem] of MISTAKES) {
  test(`a mistake is reported with its position: ${text}`, async (t) => {
    const problems = problemsIn(await reading(t, `anchors:\n  - ${text}\n`));
    t.is(problems.length, 1, problems.join('\n'));
    t.regex(problems[0] ?? '', /^tidegate\.yaml:2:\d+: anchors/);
    t.regex(problems[0] ?? '', problem);
    t.notRegex(problems[0] ?? '', /hunter2/);
  });
}

test('two anchors cannot have one name', async (t) => {
  const one = '{ name: a, use: file, options: { path: x } }';
  const problems = problemsIn(await reading(t, `anchors: [${one}, ${one.replace('x', 'y')}]\n`));
  t.deepEqual(problems.length, 1);
  t.regex(problems[0] ?? '', /duplicate entry/);
});

test('metrics are off unless an address is given', async (t) => {
  t.is((await config(t, ''))['metrics.listen'], 'off');
  t.deepEqual((await config(t, 'metrics: { listen: 127.0.0.1:9469 }\n'))['metrics.listen'], {
    host: '127.0.0.1',
    port: 9469,
  });
});
