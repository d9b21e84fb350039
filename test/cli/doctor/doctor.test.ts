import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { verifyJournal } from '../../../lib/journal/index.js';
import { startDnsServer } from '../../fixtures/dns-server.js';
import { until } from '../../fixtures/waiting.js';
import { carriedOut, folderOf } from '../command.js';
import { doctor, startPatient } from './examining.js';

test.serial('a healthy installation ends with 0, nothing to see to, and is left as it was', async (t) => {
  const { tidegate, config, state, dns } = await startPatient(t, {
    users: { a: 'a long password' },
    config: { users: { challenge: 'always' } },
  });
  const before = await readdir(join(state, 'journal'));
  const found = await doctor(config);
  t.deepEqual(found.ailing(), []);
  t.is(found.code, 0);
  const states = Object.fromEntries(found.findings.map(({ check, state: told }) => [check, told]));
  t.deepEqual(states, {
    ...{ configuration: 'ok', node: 'ok', instance: 'ok', files: 'ok', listener: 'ok', policies: 'ok', users: 'ok' },
    ...{ state: 'ok', journal: 'ok', dns: 'ok', clock: 'ok', anchors: 'skipped', sinks: 'skipped' },
  });
  t.true(found.findings.every(({ remedy }) => remedy === null));
  t.deepEqual(await readdir(join(state, 'journal')), before);
  t.like(await verifyJournal(join(state, 'journal')), { kind: 'holds' });
  t.deepEqual(dns.queries, [' TYPE2'], 'the root, and no name');
  t.is((await tidegate.journal()).filter((line) => line['kind'] === 'decision').length, 0);
});

test.serial('where clients need not log in, the question to the listener is recorded as a refusal', async (t) => {
  const { tidegate, config } = await startPatient(t);
  t.is((await doctor(config)).code, 0);
  const decisions = (await tidegate.journal()).filter((line) => line['kind'] === 'decision');
  t.deepEqual(
    decisions.map((line) => line['reason']),
    ['own_listener'],
  );
});

test.serial('people get a line for each check, the remedy below it, and the counts', async (t) => {
  const { config, state } = await startPatient(t);
  const well = await carriedOut(['doctor', '--config', config]);
  t.is(well.code, 0);
  t.regex(well.stdout, /^ok {7}listener {7}tidegate replies on 127\.0\.0\.1:\d+$/m);
  t.regex(well.stdout, /\nproblems: 0, warnings: 0, ok: \d+, skipped: 2\n$/);
  const elsewhere = await carriedOut(['doctor', '--config', config, '--state', join(state, 'elsewhere')]);
  t.regex(elsewhere.stdout, /^problem {2}instance {7}no instance runs .*\n +remedy: start one, or name another/m);
});

test.serial('an installation that only has to be started ends with 3, one that could not start with 1', async (t) => {
  const dns = await startDnsServer({});
  t.teardown(dns.close);
  const folder = await folderOf(t, {
    'tidegate.yaml': `listen: [127.0.0.1:0]\npolicies: policies\ndns: { servers: ["${dns.address}"] }\nstate: state\n`,
    'policies/a.yaml': 'policy: a\nallow: [{ id: a, to: [a.example], protocol: tls }]\n',
  });
  const config = join(folder.path, 'tidegate.yaml');
  const fresh = await doctor(config);
  t.deepEqual(fresh.ailing().length, 1);
  t.is(fresh.code, 3);
  t.regex(fresh.of('state')[0]?.words ?? '', /the first start creates it/);
  await folder.write('policies/a.yaml', 'policy: a\nalow: []\n');
  const broken = await doctor(config);
  t.is(broken.code, 1);
  t.regex(broken.ailing('policies')[0] ?? '', /^problem a\.yaml:1:1: /);
});

test.serial('a configuration that cannot be used ends with 78, reported whole and as JSON', async (t) => {
  const folder = await folderOf(t, { 'tidegate.yaml': 'listen: nowhere\npolices: x\n' });
  const found = await doctor(join(folder.path, 'tidegate.yaml'));
  t.is(found.code, 78);
  t.is(found.ailing('configuration').length, found.findings.length);
  t.regex(found.ailing().join('\n'), /tidegate\.yaml:1:\d+: listen/);
  t.regex(found.ailing().join('\n'), /tidegate\.yaml:2:\d+: .*polices/);
});

test.serial('a wrong command line ends with 2 before anything is looked at', async (t) => {
  const asked: readonly (readonly [readonly string[], RegExp])[] = [
    [['--try', 'feed.example'], /invalid --try "feed\.example": authority is not host:port/],
    [['--try', 'bücher.example:443'], /--try /],
    [['--user', 'a'], /--user requires --try/],
    [['--password-stdin'], /a password requires --user/],
    [
      ['--try', 'a.example:1', '--user', 'a', '--password-variable', 'NO_SUCH_VARIABLE'],
      /"NO_SUCH_VARIABLE" is not set/,
    ],
  ];
  for (const [args, expected] of asked) {
    const ran = await carriedOut(['doctor', ...args]);
    t.is(ran.code, 2, args.join(' '));
    t.regex(ran.stderr, expected);
    t.is(ran.stdout, '');
  }
});

test.serial('a policy broken on disk is reported with its place, and what is in force instead', async (t) => {
  const { tidegate, config } = await startPatient(t);
  await tidegate.folder.write(join('policies', 'loopback.yaml'), 'policy: loopback\nalow: []\n');
  await until(
    async () => (await tidegate.journal()).some((line) => line['kind'] === 'policy' && line['outcome'] === 'rejected'),
    () => `no rejection; said ${tidegate.said()}`,
  );
  const found = await doctor(config);
  t.is(found.code, 1);
  const [place = '', inForce = ''] = found.ailing('policies').filter((each) => /loopback\.yaml:2|rejected/.test(each));
  t.regex(place, /^problem loopback\.yaml:2:1: /);
  t.regex(inForce, /^problem the change of .* was rejected: revision .* is in force for .*, with 2 rules$/);
  t.regex(found.ailing('instance').join(), /degraded: the last policy change was rejected/);
});

test.serial('a rule that expires soon is a warning with its place, and no problem', async (t) => {
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const rule = `{ id: a, to: [a.example], protocol: tls, expires: ${soon} }`;
  const { config } = await startPatient(t, { policies: { 'a.yaml': `policy: a\nallow:\n  - ${rule}\n` } });
  const found = await doctor(config);
  t.is(found.code, 0);
  t.regex(found.ailing('policies').join(), /^warning a\.yaml:3:\d+: the last day of rule "a" is in \d days$/);
});

test.serial('an open proxy is a warning, here and in the status', async (t) => {
  const policies = { 'o.yaml': 'policy: o\nmode: observe\nallow: [{ id: a, to: [a.example], protocol: tls }]\n' };
  const { config, state } = await startPatient(t, { policies, config: { listen: ['0.0.0.0:0'] } });
  const [found] = (await doctor(config)).ailing('policies');
  t.regex(found ?? '', /^warning open proxy: every client is observed on 0\.0\.0\.0:/);
  const status = await carriedOut(['status', '--json', '--state', state]);
  const { policies: seen } = JSON.parse(status.stdout) as { policies: { warnings: string[] } };
  t.regex(seen.warnings.join(), /^open proxy: every client is observed on 0\.0\.0\.0:\d+: .*name your clients/);
});
