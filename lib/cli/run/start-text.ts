import { hostname } from 'node:os';
import { openProxy, type Sizing } from '../../app/facts/index.js';
import { type Config, formatListen } from '../../config/index.js';
import type { ListenAddress } from '../../proxy/index.js';
import type { PolicySet } from '../../policy/index.js';
import { counted } from '../../system/values/index.js';

/** What the start-up summary shows. */
export interface StartSummary {
  readonly version: string;
  /** The path of the configuration file, or `'none'`. */
  readonly file: string;
  readonly config: Config;
  readonly listeners: readonly ListenAddress[];
  readonly policy: PolicySet;
  /** How many users there are, or `'off'`. */
  readonly users: number | 'off';
  readonly sizing: Sizing;
}

const OBSERVING = [
  'observe mode: destinations no rule lists pass and are recorded as would_deny',
  '(private networks too; loopback, link-local, cloud metadata and addresses of this machine stay denied)',
];

/** The start, for people: what runs, a line to try it with, and how to point an Octopus Server at it. */
export function startText(started: StartSummary): string {
  const { version, file, config, policy } = started;
  return [
    `tidegate ${version} listens on ${started.listeners.map(formatListen).join(', ')}`,
    ...warningLines(started),
    '',
    `  config    ${file === 'none' ? 'no file: defaults, variables and flags' : file}`,
    `  policies  ${config.policies}`,
    `            revision ${policy.revision}, ${policyCount(policy)}`,
    ...modeLines(policy).map((line) => `            ${line}`),
    `  journal   ${config['journal.folder']}`,
    `  users     ${usersLine(started)}`,
    `  limits    ${limitsLine(started.sizing)}`,
    '',
    `  try it    ${curlLine(started)}`,
    '  Octopus   for its web requests, on every server:',
    ...octopusCommands(started).server.map((line) => `            ${line}`),
    '            for Listening Tentacles and SSH targets: Infrastructure > Proxies, add the same host and port',
    '            (no http://), and choose that proxy in the settings of each target',
    '            for the web requests of a Tentacle or worker, there (a Polling one also: polling-proxy for proxy):',
    ...octopusCommands(started).tentacle.map((line) => `            ${line}`),
    '  look      tidegate status, tidegate audit tail',
    '',
  ].join('\n');
}

/** The same as one line of JSON. */
export function startJson(started: StartSummary): string {
  const { version, file, config, listeners, policy, users, sizing } = started;
  return JSON.stringify({
    event: 'started',
    version,
    pid: process.pid,
    node: process.version,
    listeners: listeners.map(formatListen),
    config: file === 'none' ? null : file,
    policies: {
      folder: config.policies,
      revision: policy.revision,
      rules: policy.ruleCount,
      policies: policy.policies,
    },
    note: modeLines(policy).join('; '),
    warnings: warningsOf(started).map(({ words, remedy }) => `${words}; ${remedy}`),
    journal: config['journal.folder'],
    limits: { connections: sizing.connections, per_client: sizing.perClient, tentacles: sizing.tentacles },
    users: users === 'off' ? null : { count: users, challenge: config['users.challenge'] },
    curl: curlLine(started),
    octopus: octopusCommands(started),
  });
}

function warningsOf({ config, listeners, policy, sizing }: StartSummary): readonly { words: string; remedy: string }[] {
  return [openProxy(config, listeners, policy), sizing.shortage].filter((each) => each !== 'none');
}

function limitsLine({ connections, perClient, tentacles }: Sizing): string {
  return `${connections} connections, ${perClient} of one client: good for ${counted(tentacles, 'Listening Tentacle')} of an Octopus Server`;
}

function warningLines(started: StartSummary): readonly string[] {
  return warningsOf(started).flatMap(({ words, remedy }) => ['', `  WARNING   ${words}`, `            ${remedy}`]);
}

function policyCount({ policies, ruleCount }: PolicySet): string {
  const denies = policies.reduce((sum, each) => sum + each.denies, 0);
  return `${counted(policies.length, 'policy', 'policies')}, ${counted(ruleCount, 'rule')}, ${counted(denies, 'deny entry', 'deny entries')}`;
}

/** Which policies enforce and which observe, and what observing means. */
function modeLines({ policies }: PolicySet): readonly string[] {
  if (policies.length === 0) return ['no policy is loaded: everything is denied'];
  const named = (mode: 'enforce' | 'observe'): string =>
    policies
      .filter((each) => each.mode === mode)
      .map(({ name }) => name)
      .join(', ');
  const [enforcing, watching] = [named('enforce'), named('observe')];
  return [
    ...(enforcing === '' ? [] : [`enforce: ${enforcing}`]),
    ...(watching === '' ? [] : [`observe: ${watching}`, ...OBSERVING]),
  ];
}

/** Who is asked to log in, in words. */
const CHALLENGES = {
  always: 'every client must log in',
  'on-need': 'clients are asked to log in where it helps',
  never: 'no client is asked to log in',
  'no users file': 'no client can log in',
} as const satisfies Record<Config['users.challenge'], string>;

function usersLine({ users, config }: StartSummary): string {
  if (users === 'off') return 'none: every client is known by its address alone (tidegate user add makes one)';
  return `${users} in ${config['users.file']}, ${CHALLENGES[config['users.challenge']]}`;
}

function curlLine({ listeners, config }: StartSummary): string {
  const { host, port } = reachable(listeners);
  const user = asksToLogIn(config) ? ' --proxy-user NAME:PASSWORD' : '';
  return `curl -I --proxy http://${formatListen({ host, port })}${user} https://octopus.com/`;
}

/** The commands of Octopus' own programs, with the names that their instances have unless somebody chose others. */
function octopusCommands({ listeners, config }: StartSummary): {
  readonly server: string[];
  readonly tentacle: string[];
} {
  const { host, port } = reachable(listeners);
  const user = asksToLogIn(config) ? ' --proxyUsername=NAME --proxyPassword=PASSWORD' : '';
  const commands = (program: string, instance: string): string[] => [
    `${program} proxy --instance=${instance} --proxyEnable=true --proxyHost=${host} --proxyPort=${port}${user}`,
    `${program} service --instance=${instance} --restart`,
  ];
  return { server: commands('Octopus.Server.exe', 'OctopusServer'), tentacle: commands('Tentacle.exe', 'Tentacle') };
}

/** The first listener as others would name it: a wildcard cannot be connected to. */
function reachable([first = { host: '127.0.0.1', port: 0 }]: readonly ListenAddress[]): ListenAddress {
  return first.host === '0.0.0.0' || first.host === '::' ? { host: hostname(), port: first.port } : first;
}

/** Whether some clients are asked to log in. */
function asksToLogIn(config: Config): boolean {
  return ['always', 'on-need'].includes(config['users.challenge']);
}
