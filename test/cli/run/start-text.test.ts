import { hostname } from 'node:os';
import test from 'ava';
import { startJson, type StartSummary, startText } from '../../../lib/cli/run/start-text.js';
import { sizingOf } from '../../../lib/app/facts/index.js';
import { readConfig } from '../../../lib/config/index.js';
import { policySetOf, readPolicies } from '../../../lib/policy/index.js';

async function started(
  flags: Readonly<Record<string, string>>,
  policies: Readonly<Record<string, string>>,
): Promise<StartSummary> {
  const reading = await readConfig({
    flags: new Map(Object.entries(flags)),
    file: 'default',
    env: {},
    folder: '/nowhere',
    systemFile: '/nowhere/tidegate.yaml',
    ownPolicies: '/own',
    openFiles: 'unknown',
  });
  const files = Object.entries(policies).map(([path, text]) => ({ path, text }));
  const read = readPolicies(files, '2026-01-01');
  if (reading.kind === 'problems' || read.kind === 'problems') throw new Error('not readable');
  const { config } = reading;
  const users = config['users.file'] === 'none' ? 'off' : 3;
  return {
    version: '1.2.3',
    file: reading.file,
    config,
    listeners: config.listen,
    policy: policySetOf(read.documents, 'sha256:abc'),
    users,
    sizing: sizingOf(config, 'unknown'),
  };
}

const enforcing = { 'a.yaml': 'policy: a\nallow: [{id: a, to: [a.example], protocol: tls}]\n' };
const observing = { 'b.yaml': 'policy: b\nmode: observe\ndeny: [{id: b, to: [b.example], reason: no}]\n' };

test('the start text shows the listeners, what is in force, and how to use them', async (t) => {
  const text = startText(await started({}, { ...enforcing, ...observing }));
  t.regex(text, /^tidegate 1\.2\.3 listens on 127\.0\.0\.1:3128$/m);
  t.regex(text, /revision sha256:abc, 2 policies, 1 rule, 1 deny entry$/m);
  t.regex(text, /^ {2}config +no file: defaults, variables and flags$/m);
  t.regex(startText({ ...(await started({}, enforcing)), file: '/etc/t.yaml' }), /^ {2}config +\/etc\/t\.yaml$/m);
  t.regex(text, /enforce: a$/m);
  t.regex(text, /observe: b$/m);
  t.regex(text, /observe mode: destinations no rule lists pass and are recorded as would_deny$/m);
  t.regex(text, /curl -I --proxy http:\/\/127\.0\.0\.1:3128 https:/);
  t.regex(
    text,
    /Octopus\.Server\.exe proxy --instance=OctopusServer --proxyEnable=true --proxyHost=127\.0\.0\.1 --proxyPort=3128$/m,
  );
});

test('observe mode is explained only if a policy observes, and denial of everything only without policies', async (t) => {
  t.notRegex(startText(await started({}, enforcing)), /observe/);
  t.regex(startText(await started({}, {})), /no policy is loaded: everything is denied/);
});

test('users who may be asked to log in appear in the commands of the start text', async (t) => {
  const text = startText(await started({ 'users.file': '/etc/users' }, enforcing));
  t.regex(text, /users +3 in \/etc\/users, clients are asked to log in where it helps/);
  t.regex(text, /--proxy-user NAME:PASSWORD/);
  t.regex(text, /--proxyUsername=NAME --proxyPassword=PASSWORD/);
});

test('a wildcard listener is shown with the host name of the machine', async (t) => {
  t.true(startText(await started({ listen: '0.0.0.0:3128' }, enforcing)).includes(`--proxyHost=${hostname()} `));
});

test('the start as JSON is one line with the same facts', async (t) => {
  const json = startJson(await started({ listen: '[::1]:3128' }, observing));
  t.notRegex(json, /\n/);
  t.like(JSON.parse(json), {
    event: 'started',
    version: '1.2.3',
    listeners: ['[::1]:3128'],
    policies: { revision: 'sha256:abc', rules: 0 },
    users: null,
  });
});

const everyone = { 'o.yaml': 'policy: o\nmode: observe\nallow: [{id: a, to: [a.example], protocol: tls}]\n' };
const WARNING =
  /^ {2}WARNING {3}open proxy: every client is observed on 0\.0\.0\.0:3128: anyone who can connect gets out/m;

test('a start that lets anyone out who can connect is called an open proxy, until clients are named', async (t) => {
  const open = await started({ listen: '0.0.0.0:3128' }, everyone);
  t.regex(startText(open), WARNING);
  t.regex((JSON.parse(startJson(open)) as { warnings: string[] }).warnings.join(), /^open proxy: .*name your clients/);
  const wide = everyone['o.yaml'].replace('allow', 'clients: {networks: [0.0.0.0/1, 128.0.0.0/1]}\nallow');
  t.regex(startText(await started({ listen: '0.0.0.0:3128' }, { 'o.yaml': wide })), WARNING);
  // Who is asked only on need gets out without a user where no rule would help.
  for (const challenge of ['on-need', 'never'])
    t.regex(
      startText(
        await started({ listen: '0.0.0.0:3128', 'users.file': '/etc/users', 'users.challenge': challenge }, everyone),
      ),
      WARNING,
    );
  const named = everyone['o.yaml'].replace('allow', 'clients: {networks: [10.0.0.0/8]}\nallow');
  for (const [flags, policies] of [
    [{ listen: '127.0.0.1:3128' }, everyone],
    [{ listen: '[::1]:3128' }, everyone],
    [{ listen: '0.0.0.0:3128' }, { 'o.yaml': named }],
    [{ listen: '0.0.0.0:3128' }, { ...everyone, ...enforcing }],
    [{ listen: '0.0.0.0:3128' }, observing],
    [{ listen: '0.0.0.0:3128', 'users.file': '/etc/users', 'users.challenge': 'always' }, everyone],
  ] as const)
    t.notRegex(startText(await started(flags, policies)), /open proxy/);
});

test('the start says for how many Tentacles the limits are good, and that files are too few for them', async (t) => {
  const summary = await started({}, enforcing);
  const fits = startText(summary);
  t.regex(
    fits,
    /limits +8000 connections, 6000 of one client: good for 1080 Listening Tentacles of an Octopus Server\n/,
  );
  t.notRegex(fits, /WARNING/);
  const short = { ...summary, sizing: sizingOf(summary.config, 1_024) };
  t.regex(startText(short), /WARNING +too few files may be open: .*enough for 486 connections\n +raise the limit/);
  const json = JSON.parse(startJson(short)) as Readonly<Record<string, unknown>>;
  t.deepEqual(json['limits'], { connections: 8000, per_client: 6000, tentacles: 87 });
  t.regex(String(json['warnings']), /^too few files may be open/);
});
