import { createServer } from 'node:http';
import { join } from 'node:path';
import test from 'ava';
import { freePort } from '../../../fixtures/free-port.js';
import { echoing, startOrigin } from '../../../fixtures/origin.js';
import { folderOf, tidegate } from '../../command.js';
import { doctor, startPatient } from '../examining.js';

const POLICY = (port: number, closed: number): string => `policy: tried
allow:
  - { id: names, to: ["*.test"], resolves-to: [127.0.0.0/8], protocol: any, ports: [${port}, ${closed}] }
`;

test.serial(
  'each destination is judged, dialled through the proxy and recorded; a denied name is not looked up',
  async (t) => {
    const origin = await startOrigin(echoing);
    t.teardown(origin.close);
    const closed = await freePort();
    const policies = { 'tried.yaml': POLICY(origin.port, closed) };
    const zone = { 'up.test': [{ type: 'A', value: '127.0.0.1' }] } as const;
    const { tidegate: running, dns, config } = await startPatient(t, { policies }, zone);
    const tries = [`up.test:${origin.port}`, `up.test:${closed}`, `gone.test:${closed}`, 'secret.example:443'];
    const found = await doctor(config, ...tries.flatMap((each) => ['--try', each]));
    t.is(found.code, 1);
    const [up, down, gone, denied] = found.of('try');
    t.like(up, { state: 'ok', remedy: null });
    t.regex(up?.words ?? '', /^up\.test:\d+: its name is allowed by tried\/names \(tried\.yaml:3\); connected$/);
    t.is(down?.state, 'problem');
    t.regex(
      down?.words ?? '',
      /allowed by .*; the proxy replies 503 Egress failed: the destination refused the connection/,
    );
    t.regex(gone?.words ?? '', /503 Egress failed: the name does not exist/);
    t.regex(gone?.remedy ?? '', /search domains and \/etc\/hosts are not used: add it to hosts/);
    t.regex(
      denied?.words ?? '',
      /denied \(destination_not_allowed\); the proxy replies 403 Egress denied: no rule allows/,
    );
    t.true(denied?.words.endsWith(`(attempt ${denied.attempt})`));
    t.regex(denied?.remedy ?? '', new RegExp(`^see tidegate audit show ${denied?.attempt ?? 'none'}`));
    t.false(
      dns.queries.some((query) => query.includes('secret')),
      dns.queries.join(),
    );
    const decided = await running.recorded((line) => line['attempt'] === denied?.attempt, 'the denial');
    t.is(decided['verdict'], 'denied');
    const passed = (await running.journal()).filter(
      (line) => line['kind'] === 'decision' && line['verdict'] === 'allowed',
    );
    t.is(passed.length, 2);
    t.is(origin.arrivals.length, 1);
  },
);

test.serial('tries go out as a user, whose password comes from a variable; a wrong one is a problem', async (t) => {
  const origin = await startOrigin(echoing);
  t.teardown(origin.close);
  const { tidegate: running, config } = await startPatient(t, {
    users: { 'spaces-1.a': 'a long password' },
    config: { users: { challenge: 'always' } },
  });
  const args = ['--try', `127.0.0.1:${origin.port}`];
  const without = await doctor(config, ...args);
  t.regex(without.ailing('try').join(), /^problem .*; the proxy replies 407 Proxy authentication required/);
  t.regex(without.of('try')[0]?.remedy ?? '', /--user NAME/);
  const named = [...args, '--user', 'spaces-1.a', '--password-variable', 'DOCTORS_PASSWORD'];
  process.env['DOCTORS_PASSWORD'] = 'a long password';
  t.teardown(() => delete process.env['DOCTORS_PASSWORD']);
  t.is((await doctor(config, ...named)).code, 0);
  const [passed] = (await running.journal()).filter(
    (line) => line['kind'] === 'decision' && line['verdict'] === 'allowed',
  );
  t.regex(JSON.stringify(passed), /spaces-1\.a/);
  const piped = await tidegate(['doctor', '--config', config, ...args, '--user', 'spaces-1.a', '--password-stdin'], {
    input: 'a long password\n',
  });
  t.is(piped.code, 0, piped.stdout);
  t.regex(piped.stdout, /^ok {7}try .*; connected$/m);
  process.env['DOCTORS_PASSWORD'] = 'another';
  const wrong = await doctor(config, ...named);
  t.is(wrong.code, 1);
  t.regex(wrong.ailing('try').join(), /407 Egress refused: the proxy user name or password is wrong/);
  t.false(JSON.stringify(wrong.findings).includes('another'));
});

test.serial('what passes only by observe mode is a warning', async (t) => {
  const origin = await startOrigin(echoing);
  t.teardown(origin.close);
  const policies = { 'a.yaml': 'policy: a\nmode: observe\nallow: [{ id: a, to: [a.example], protocol: tls }]\n' };
  const zone = { 'up.test': [{ type: 'A', value: '127.0.0.1' }] } as const;
  const { config } = await startPatient(t, { policies }, zone);
  const found = await doctor(config, '--try', `up.test:${origin.port}`);
  t.regex(found.of('try')[0]?.words ?? '', /passes only by observe mode \(destination_not_allowed\)/);
});

test.serial('a refusal without the id of an attempt names no attempt to look at', async (t) => {
  const port = await freePort();
  const proxy = createServer();
  proxy.on('connect', (_request, socket) =>
    socket.end('HTTP/1.1 403 no\r\nProxy-Status: tidegate; error=http_request_denied\r\n\r\n'),
  );
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', () => resolve()));
  t.teardown(() => proxy.close());
  const folder = await folderOf(t, { 'tidegate.yaml': `listen: ["127.0.0.1:${port}"]\nstate: state\n` });
  const found = await doctor(join(folder.path, 'tidegate.yaml'), '--try', 'a.example:443');
  const [tried] = found.of('try');
  t.like(tried, { state: 'problem', attempt: null });
  t.regex(tried?.remedy ?? '', /^see the log of tidegate; /);
});
