import { join } from 'node:path';
import test from 'ava';
import { config, folderWith, problemsIn, reading } from './fixture.js';

test('an anchor is a file, a syslog receiver or an address', async (t) => {
  const text = `anchors:
  - { name: vault, use: file, options: { path: kept/notes } }
  - { name: siem, use: syslog, options: { to: logs.corp.example:6514, tls: true, ca: ca.pem, facility: 4 } }
  - { name: plain, use: syslog, options: { to: "[2001:db8::1]:514" } }
  - { name: witness, use: http, options: { url: "https://witness.corp.example/c", token-file: token, timeout: 3s } }
`;
  const folder = await folderWith(t, text);
  const { anchors } = await config(t, text, { folder });
  const tls = { caFile: 'none', certFile: 'none', keyFile: 'none', serverName: 'host' };
  t.deepEqual(anchors, [
    {
      name: 'vault',
      place: { use: 'file', path: join(folder, 'kept/notes') },
      tls: 'off',
      tokenFile: 'none',
      timeoutMs: 10_000,
    },
    {
      name: 'siem',
      place: { use: 'syslog', host: 'logs.corp.example', port: 6514, facility: 4 },
      tls: { ...tls, caFile: join(folder, 'ca.pem') },
      tokenFile: 'none',
      timeoutMs: 10_000,
    },
    {
      name: 'plain',
      place: { use: 'syslog', host: '2001:db8::1', port: 514, facility: 13 },
      tls: 'off',
      tokenFile: 'none',
      timeoutMs: 10_000,
    },
    {
      name: 'witness',
      place: { use: 'http', url: 'https://witness.corp.example/c' },
      tls,
      tokenFile: join(folder, 'token'),
      timeoutMs: 3_000,
    },
  ]);
});

const MISTAKES: readonly (readonly [text: string, problem: RegExp])[] = [
  ['{ name: Vault, use: file, options: { path: x } }', /name must be 1 to 32 small letters/],
  ['{ name: a, use: git, options: {} }', /must be \{name: …, use: file, syslog or http/],
  ['{ name: a, use: file }', /path is missing/],
  ['{ name: a, use: file, where: x }', /holds the unknown key where/],
  ['{ name: a, use: file, options: { pathh: x, path: y } }', /unknown option; did you mean path\?/],
  ['{ name: a, use: syslog, options: { to: logs.corp.example } }', /must be host:port/],
  ['{ name: a, use: syslog, options: { to: "a.b:1", ca: x } }', /tls must be true|must be true where ca/],
  ['{ name: a, use: syslog, options: { to: "a.b:1", tls: true, cert: x } }', /and key belong together/],
  ['{ name: a, use: http, options: { url: "ftp://a.b/" } }', /must be an address such as https:/],
  ['{ name: a, use: http, options: { url: "https://u:hunter2@a.b/" } }', /must hold no user and password/],
  ['{ name: a, use: http, options: { url: "http://a.b/", token-file: x } }', /needs an https address/],
  ['{ name: a, use: http, options: { url: "http://a.b/", timeout: 1h } }', /must be from 100ms to 2m/],
];

for (const [text, problem] of MISTAKES) {
  test(`a mistake is told with its place: ${text}`, async (t) => {
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
  t.regex(problems[0] ?? '', /stands there twice/);
});

test('metrics are off unless an address is given', async (t) => {
  t.is((await config(t, '')).metrics.listen, 'off');
  t.deepEqual((await config(t, 'metrics: { listen: 127.0.0.1:9469 }\n')).metrics.listen, {
    host: '127.0.0.1',
    port: 9469,
  });
});
