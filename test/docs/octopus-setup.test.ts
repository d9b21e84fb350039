import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { parse } from 'yaml';
import { DENIAL_REASONS, FAILURE_CODES, type FailureCode } from '../../lib/audit/index.js';
import {
  orRefuse,
  refuseFailed,
  Refused,
  refuseUnrecorded,
  refuseRequest,
  type Refusal,
} from '../../lib/proxy/refusal/index.js';
import { HalibutClient } from '../standins/halibut/client.js';
import { DotnetException, readTimedOut } from '../standins/halibut/exceptions.js';
import { OCTOPUS, wayTo } from '../standins/halibut/world.js';
import { rawClient } from '../fixtures/raw-client.js';
import { startTidegate } from '../fixtures/tidegate.js';
import { DOCS, readPage, tableOf } from './page.js';

const { text: page, blocks } = readPage('octopus-setup.md');
const linesOf = (language: string): string[] =>
  blocks.filter((block) => block.language === language).flatMap(({ text }) => text.trimEnd().split('\n'));

test('every piece of code on the page is of a kind that is tried', (t) => {
  // sh and yaml: octopus-setup-commands.test.ts; nft and bash: firewall.test.ts; the others here.
  const counts = new Map<string, number>();
  for (const { language } of blocks) counts.set(language, (counts.get(language) ?? 0) + 1);
  t.deepEqual(Object.fromEntries([...counts].sort()), {
    bash: 1,
    bat: 6,
    nft: 2,
    powershell: 2,
    sh: 4,
    text: 2,
    yaml: 9,
  });
});

/** Options of Octopus' own programs, as its documentation lists them (octopus.server.exe and Tentacle.exe command line). */
const PROXY = ['instance', 'proxyEnable', 'proxyHost', 'proxyPort', 'proxyUsername', 'proxyPassword'];
const REGISTER = ['instance', 'server', 'apiKey', 'comms-style', 'proxy'];
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  'Octopus.Server.exe proxy': PROXY,
  'Octopus.Server.exe node': ['instance', 'drain', 'wait'],
  'Octopus.Server.exe service': ['instance', 'restart'],
  'Tentacle.exe proxy': PROXY,
  'Tentacle.exe polling-proxy': PROXY,
  'Tentacle.exe service': ['instance', 'restart'],
  'Tentacle.exe register-with': [...REGISTER, 'environment', 'role'],
  'Tentacle.exe register-worker': [...REGISTER, 'workerpool'],
};

test("every command of Octopus' programs has options that they know, a host without scheme, and a port", (t) => {
  const lines = linesOf('bat').filter((line) => !line.startsWith('netsh '));
  t.true(lines.length >= 8);
  for (const line of lines) {
    const [, command = '', rest = ''] = /^(\S+ \S+)(.*)$/.exec(line) ?? [];
    const options = new Map(
      [...rest.matchAll(/ --([\w-]+)(?:=("[^"]*"|\S+))?/g)].map(([, name = '', value = '']) => [name, value]),
    );
    t.deepEqual(
      [...options.keys()].filter((name) => OPTIONS[command]?.includes(name) !== true),
      [],
      line,
    );
    const host = options.get('proxyHost');
    if (command.endsWith('proxy')) t.regex(`${host} ${options.get('proxyPort')}`, /^[\d.]+ 3128$/, line);
  }
});

test('every line of netsh says what its grammar wants', (t) => {
  const lines = linesOf('bat').filter((line) => line.startsWith('netsh '));
  const rule =
    /^netsh advfirewall firewall add rule name="[\w :]+" dir=out action=allow( protocol=(TCP|UDP))? remoteip=[\d.,]+( remoteport=\d+)?$/;
  const setting =
    /^netsh advfirewall set allprofiles (logging (droppedconnections enable|maxfilesize \d+)|firewallpolicy blockinbound,blockoutbound)$/;
  t.is(lines.length, 7);
  for (const line of lines) t.true(rule.test(line) || setting.test(line), line);
});

/** Parameters of the cmdlets, from the NetSecurity module's and PowerShell's own reference. */
const CMDLETS: Readonly<Record<string, readonly string[]>> = {
  'New-NetFirewallRule': ['Group', 'DisplayName', 'Direction', 'Action', 'Protocol', 'RemoteAddress', 'RemotePort'],
  'Set-NetFirewallProfile': [
    'All',
    'Enabled',
    'LogBlocked',
    'LogFileName',
    'LogMaxSizeKilobytes',
    'DefaultOutboundAction',
  ],
  'Get-NetFirewallRule': ['Direction', 'Enabled', 'Action'],
  'Where-Object': ['ne'],
  'Select-Object': [],
  'Select-String': ['Path', 'Pattern'],
};

test('every line of PowerShell uses cmdlets and parameters that there are', (t) => {
  for (const line of linesOf('powershell').filter((text) => text !== '' && !/^\$\w+ = /.test(text))) {
    for (const command of line.replace(/'[^']*'|"[^"]*"/g, 'TEXT').split(' | ')) {
      const [name = '', ...words] = command.split(' ');
      const parameters = words.filter((word) => word.startsWith('-')).map((word) => word.slice(1));
      t.deepEqual(
        parameters.filter((parameter) => CMDLETS[name]?.includes(parameter) !== true),
        [],
        line,
      );
    }
  }
  const assigned = new Set(linesOf('powershell').flatMap((line) => /^\$(\w+) = /.exec(line)?.[1] ?? []));
  const used = [
    ...linesOf('powershell')
      .join('\n')
      .matchAll(/\$(?!env:)(\w+)/g),
  ].map(([, name = '']) => name);
  t.deepEqual(new Set(used), assigned);
});

/** The keys of the charts' own values files. */
const CHARTS: Readonly<Record<string, readonly string[]>> = {
  'octopus-deploy': ['http', 'https', 'all', 'excludedHostnames'].map((key) => `octopus.proxy.${key}`),
  'kubernetes-agent': [
    ...['host', 'port', 'username', 'password'].map((key) => `agent.pollingProxy.${key}`),
    ...['http_proxy', 'https_proxy', 'no_proxy'].map((key) => `scriptPods.proxies.${key}`),
    ...['HTTPS_PROXY', 'NO_PROXY'].flatMap((name) =>
      ['monitor', 'registration'].map((part) => `kubernetesMonitor.${part}.containers.${part}.env.${name}`),
    ),
  ],
};

test('the Helm values have keys of their charts, and proxies that are URLs', (t) => {
  for (const [chart, keys] of Object.entries(CHARTS)) {
    const block = blocks.find(({ title }) => title === `values of the chart ${chart}`);
    const values = flat(parse(block?.text ?? '{}'));
    t.deepEqual([...values.keys()].sort(), [...keys].sort(), chart);
    for (const [key, value] of values) {
      if (value.startsWith('http')) t.is(new URL(value).host, '10.20.0.5:3128', key);
      if (/\.(excludedHostnames|no_proxy|NO_PROXY)$/.test(key)) t.notRegex(value, /[*/]|:\d/, key);
    }
  }
});

function flat(value: unknown, path: readonly string[] = []): Map<string, string> {
  if (Array.isArray(value)) return flatList(value, path);
  if (typeof value !== 'object' || value === null) return new Map([[path.join('.'), String(value)]]);
  return new Map(Object.entries(value).flatMap(([key, each]) => [...flat(each, [...path, key])]));
}

/** A list of texts is one value; one of variables, as Kubernetes writes them, has one for each name. */
function flatList(list: readonly unknown[], path: readonly string[]): Map<string, string> {
  const variables = list.flatMap((each) =>
    typeof each === 'object' && each !== null && 'name' in each && 'value' in each
      ? [[[...path, String(each.name)].join('.'), String(each.value)] as const]
      : [],
  );
  return new Map(variables.length > 0 ? variables : [[path.join('.'), list.join(',')]]);
}

/** Everything that tidegate can answer instead of what was asked for, as `status words`; `[rule …]` is left out. */
function phrases(): readonly string[] {
  const turnedAway = [
    'credentials_rejected',
    'credentials_rate_limited',
    'credentials_not_checked',
    'credentials_not_basic',
    'loop',
    'too_many_connections',
    'too_many_from_client',
    'shutting_down',
    'request_timeout',
  ] as const;
  const denied = Object.keys(DENIAL_REASONS).map((reason) =>
    refusedWith({ kind: 'denied', reason, rule: 'none', nearest: [] }),
  );
  const codes = Object.keys(FAILURE_CODES) as FailureCode[];
  const refusals: readonly Refusal[] = [
    ...denied,
    ...codes.map((code) => refuseFailed(code, '')),
    ...turnedAway.map(refuseRequest),
    refuseUnrecorded(''),
  ];
  return refusals.map(({ status, message }) => `${status} ${message}`);
}

function refusedWith(denial: object): Refusal {
  try {
    orRefuse(denial as Parameters<typeof orRefuse>[0]);
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
  }
  throw new Error(`not refused: ${JSON.stringify(denial)}`);
}

test('the table of phrases has every answer of tidegate, and no other', async (t) => {
  const rows = tableOf(page, 'phrase');
  const listed = rows.flatMap(([phrase = '']) =>
    [...phrase.matchAll(/`(\d{3} [^`…]+)`/g)].map(([, text = '']) => text),
  );
  const challenge = await challengeOf();
  t.deepEqual([...listed].sort(), [...phrases(), challenge].sort());
  t.true(
    rows.some(([phrase]) => phrase?.startsWith('`400 Egress refused: …`')),
    'strict reading has its row',
  );
  for (const row of rows) t.true(row.length === 3 && row.every((cell) => cell !== ''), row.join(' | '));
});

/** What a client without credentials is told, asked of a running tidegate. */
async function challengeOf(): Promise<string> {
  const tidegate = await startTidegate({ users: { someone: 'password' }, config: { users: { challenge: 'always' } } });
  try {
    const client = await rawClient(tidegate.port);
    await client.send('CONNECT x.test:443 HTTP/1.1\r\nHost: x.test:443\r\n\r\n');
    const { head } = await client.readMessage();
    client.close();
    return /^HTTP\/1\.1 (\d{3} [^(\r]*[^ (\r])/.exec(head)?.[1] ?? head;
  } finally {
    await tidegate.discard();
  }
}

test('the transcripts are what Halibut and SSH.NET say to what tidegate answers', async (t) => {
  const [halibut = '', sshNet = ''] = blocks
    .filter(({ language }) => language === 'text')
    .map(({ text }) => text.trim());
  const tidegate = await startTidegate();
  t.teardown(() => tidegate.discard());
  const client = new HalibutClient({ certificate: OCTOPUS, pause: () => Promise.resolve() });
  const to = wayTo('app-01.web.corp.example', 10933, { host: '127.0.0.1', port: tidegate.port });
  const error = await t.throwsAsync(client.call(to, 'IScriptService', 'StartScript'), { instanceOf: DotnetException });
  const [phrase = '', id = ''] = /Egress denied: .* \(attempt ([0-9A-HJKMNP-TV-Z]{16})\)$/.exec(error.message) ?? [];
  const shown = (text: string): string =>
    text.replace(`127.0.0.1 on port ${tidegate.port}`, '10.20.0.5 on port 3128').replace(id, ID);
  t.is(halibut, shown(`${error.type}: ${error.message}`));
  // SSH.NET 2020 to 2026 alike: HttpConnector.cs
  t.is(sshNet, shown(`Renci.SshNet.Common.ProxyException: HTTP: Status code 403, "${phrase}"`));
});

const ID = 'D257GE5Q07K3XW9A';

test('the texts that are said to be of Halibut are', (t) => {
  const golden = JSON.stringify(
    JSON.parse(readFileSync(join(DOCS, '../test/standins/halibut/behaviour.golden'), 'utf8')),
  );
  const known = `${golden} ${readTimedOut().message}`;
  const texts = tableOf(page, 'text').map(([text = '']) => text.replaceAll('`', ''));
  t.is(texts.length, 5);
  for (const text of texts) {
    t.true(known.includes(text.replace('10.20.0.5 on port 3128', '127.0.0.1 on port PROXY')), text);
  }
});

test('the table of what goes through has a verdict in every row, and an issue where something goes round', (t) => {
  const rows = tableOf(page, 'what');
  t.true(rows.length >= 15);
  for (const [what, , verdict = '', known = ''] of rows) {
    t.true(['through', 'round', 'depends'].includes(verdict), what);
    t.not(known, '', what);
  }
  const text = rows.map((row) => row.join(' ')).join('\n');
  for (const issue of [
    '5781',
    '6937',
    '7781',
    '8883',
    '8724',
    '6843',
    '8385',
    '5865',
    '8353',
    '6349',
    '6173',
    '9580',
    'OctopusTentacle 328',
    'grpc-go 7556',
  ]) {
    t.true(text.includes(issue), issue);
  }
});

test('every link leads somewhere', (t) => {
  for (const [, target = ''] of page.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith('https://')) continue;
    const [file = '', anchor = ''] = target.split('#');
    const path = join(DOCS, file === '' ? 'octopus-setup.md' : file);
    t.true(existsSync(path), target);
    if (anchor !== '') t.true(anchorsOf(readFileSync(path, 'utf8')).includes(anchor), target);
  }
  for (const from of ['../README.md', 'operations.md']) {
    t.regex(readFileSync(join(DOCS, from), 'utf8'), /\((docs\/)?octopus-setup\.md/, from);
  }
});

function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/ /g, '-'),
  );
}
