import {
  parseAddress,
  parseAuthority,
  parseHost,
  parseRange,
  type DomainName,
  type IpAddress,
  type IpRange,
  type Parsed,
} from '../../lib/address/index.js';
import type { Attempt, Observation, SshTraffic, TlsTraffic } from '../../lib/attempt/index.js';
import { readFingerprint } from '../../lib/protocol/ssh/index.js';
import {
  admit,
  clear,
  permit,
  policySetOf,
  type AllowRule,
  type Clearance,
  type Denial,
  type DenyRule,
  type OwnMachine,
  type Pattern,
  type PolicyDocument,
  type PolicySet,
  type PortRange,
} from '../../lib/policy/index.js';

/** What is parsed in tests is well-formed: anything else is a mistake in the test. */
function sound<T>(parsed: Parsed<T>, text: string): T {
  if (parsed.kind === 'parsed') return parsed.value;
  throw new Error(`the test wrote "${text}": ${parsed.detail}`);
}

/** Reads an address. */
export function ip(text: string): IpAddress {
  return sound(parseAddress(text), text);
}

/** Reads a host name. */
export function name(text: string): DomainName {
  const host = sound(parseHost(text), text);
  if (host.kind === 'name') return host.name;
  throw new Error(`the test wrote "${text}" for a name`);
}

const ranges = new Map<string, IpRange>();

/** Reads a range, once: property tests write the same few thousands of times. */
export function range(text: string): IpRange {
  const parsed = ranges.get(text) ?? parseRange(text);
  if (!('kind' in parsed)) return parsed;
  if (parsed.kind !== 'parsed') throw new Error(`the test wrote "${text}" for a range: ${parsed.detail}`);
  ranges.set(text, parsed.value);
  return parsed.value;
}

/** Reads a pattern: `name`, `*.suffix` or a range. */
export function pattern(text: string): Pattern {
  if (text.startsWith('*.')) return { kind: 'under', suffix: name(text.slice(2)) };
  if (/^[0-9.]+(?:\/|$)|:/.test(text)) return { kind: 'range', range: range(text) };
  return { kind: 'name', name: name(text) };
}

/** Ports as a policy file has them: `443` or `8000-8010`. */
export function portRange(text: string | number): PortRange {
  const [first = 0, last = first] = String(text).split('-').map(Number);
  return { first, last };
}

type Patterns = readonly string[];

/** An allow rule in short: `to` is all it must have; the rest is what the language would fill in for `protocol: tls`. */
export interface RuleSketch {
  readonly to: Patterns;
  readonly id?: string;
  readonly line?: number;
  readonly except?: Patterns;
  readonly resolvesTo?: Patterns;
  readonly protocol?: AllowRule['terms']['protocol'];
  readonly ports?: readonly (string | number)[];
  readonly methods?: AllowRule['terms']['methods'];
  readonly paths?: AllowRule['terms']['paths'];
  readonly serverNames?: Patterns;
  readonly thumbprints?: Patterns;
  readonly clientThumbprints?: Patterns;
  readonly hostKeys?: Patterns;
  readonly unverifiable?: AllowRule['traffic']['unverifiable'];
  readonly mode?: PolicyDocument['mode'];
  readonly expires?: string;
}

/** A deny entry in short. */
export interface DenySketch {
  readonly to: Patterns;
  readonly id?: string;
  readonly line?: number;
  readonly ports?: readonly (string | number)[];
  readonly reason?: string;
}

/** A policy file in short. Rules without a line stand on lines 10, 20, 30 …; deny entries on 1010, 1020 …. */
export interface PolicySketch {
  readonly name?: string;
  readonly mode?: PolicyDocument['mode'];
  readonly contact?: string;
  readonly users?: PolicyDocument['clients']['users'];
  readonly networks?: Patterns;
  readonly allow?: readonly RuleSketch[];
  readonly deny?: readonly DenySketch[];
}

/** Writes a policy file out in full. */
export function document(sketch: PolicySketch): PolicyDocument {
  const policy = sketch.name ?? 'sample';
  const file = `${policy}.yaml`;
  return {
    name: policy,
    file,
    mode: sketch.mode ?? 'enforce',
    contact: sketch.contact ?? 'none',
    clients: { users: sketch.users ?? 'every', networks: sketch.networks?.map(range) ?? 'every' },
    allow: (sketch.allow ?? []).map((rule, index) => allowRule(rule, index)),
    deny: (sketch.deny ?? []).map((entry, index) => denyRule(entry, index)),
  };
}

function allowRule(rule: RuleSketch, index: number): AllowRule {
  const protocol = rule.protocol ?? 'tls';
  return {
    id: rule.id ?? `rule-${index + 1}`,
    line: rule.line ?? 10 * (index + 1),
    to: rule.to.map(pattern),
    except: (rule.except ?? []).map(pattern),
    resolvesTo: (rule.resolvesTo ?? []).map(range),
    terms: {
      protocol,
      ports: (rule.ports ?? [443]).map(portRange),
      methods: rule.methods ?? 'every',
      paths: rule.paths ?? 'every',
      expires: rule.expires ?? 'never',
    },
    traffic: {
      serverNames: (rule.serverNames ?? []).map(pattern).flatMap((one) => (one.kind === 'range' ? [] : [one])),
      thumbprints: rule.thumbprints ?? [],
      clientThumbprints: rule.clientThumbprints ?? [],
      hostKeys: (rule.hostKeys ?? []).map(pin),
      unverifiable: rule.unverifiable ?? (protocol === 'tentacle' ? 'probe' : 'deny'),
      observes: rule.mode === 'observe',
    },
  };
}

/** Reads a fingerprint as a policy file has it. */
function pin(text: string): AllowRule['traffic']['hostKeys'][number] {
  const read = readFingerprint(text);
  if (read.kind === 'value') return read.value;
  throw new Error(`the test wrote "${text}" for a fingerprint: ${read.detail}`);
}

function denyRule(entry: DenySketch, index: number): DenyRule {
  return {
    id: entry.id ?? `deny-${index + 1}`,
    line: entry.line ?? 1000 + 10 * (index + 1),
    to: entry.to.map(pattern),
    ports: entry.ports?.map(portRange) ?? 'every',
    reason: entry.reason ?? 'a reason',
  };
}

/** Compiles policies written in short. */
export function policies(...sketches: readonly PolicySketch[]): PolicySet {
  return policySetOf(sketches.map(document), 'revision-1');
}

/** Who asks, in tests that do not say. */
export interface ClientSketch {
  readonly user?: string;
  readonly from?: string;
}

/** A tunnel asked for: `CONNECT` to `host:port`. */
export function connect(authority: string, client: ClientSketch = {}): Attempt {
  return attempt(authority, { kind: 'tunnel' }, client);
}

/** A plain request to forward: `method http://host:port/path`. */
export function forward(method: string, authority: string, path: string, client: ClientSketch = {}): Attempt {
  return attempt(authority, { kind: 'forward', method, path }, client);
}

function attempt(authority: string, intent: Attempt['intent'], { user, from = '198.51.100.7' }: ClientSketch): Attempt {
  const ephemeral = sound(parseAuthority('a.example:50000'), 'port').port;
  return {
    id: '0190a7b0-0000-7000-8000-000000000000',
    receivedAt: noon,
    client: {
      ip: ip(from),
      port: ephemeral,
      identity: user === undefined ? { kind: 'network' } : { kind: 'basic', user },
    },
    destination: sound(parseAuthority(authority), authority),
    intent,
  };
}

/** When tests take place. */
export const noon = new Date('2026-06-15T12:00:00Z');

/** No listener of ours anywhere. */
export const noMachine: OwnMachine = machineWith({});

/** A machine with these listeners (on every port) and these addresses on its interfaces. */
export function machineWith(own: {
  readonly listeners?: readonly string[];
  readonly addresses?: readonly string[];
}): OwnMachine {
  return {
    isListener: ({ text }) => own.listeners?.includes(text) ?? false,
    hasAddress: ({ text }) => own.addresses?.includes(text) ?? false,
  };
}

/** A TLS handshake of which only the client's hello was looked at, unless more is said. */
export function tls(serverName: string, more: Partial<TlsTraffic> = {}): TlsTraffic {
  return {
    protocol: 'tls',
    serverName: serverName === 'none' ? 'none' : name(serverName),
    alpn: [],
    offered: ['TLSv1.3', 'TLSv1.2'],
    encryptedHello: false,
    version: 'not_reached',
    server: { kind: 'not_reached' },
    client: { kind: 'not_reached' },
    ...more,
  };
}

/** An SSH key exchange that showed this host key. */
export function ssh(server: SshTraffic['server'] = { kind: 'not_reached' }): SshTraffic {
  return {
    protocol: 'ssh',
    softwareVersion: 'OpenSSH_9.2p1',
    serverSoftwareVersion: 'OpenSSH_9.2p1',
    keyExchange: 'curve25519-sha256',
    server,
  };
}

/** What a client of good will sends: the request it asked for, SSH to its usual port, else TLS for the host it asked for. */
export function usual({ intent, destination: { host, port } }: Attempt): Observation {
  if (intent.kind === 'forward') return { protocol: 'http', method: intent.method, path: intent.path };
  if (port === 22) return ssh();
  return tls(host.kind === 'name' ? host.name : 'none');
}

/** What else a judgement depends on. */
export interface Circumstances {
  readonly machine?: OwnMachine;
  readonly now?: Date;
  readonly seen?: Observation;
}

/** All three questions, for an attempt whose name has these answers and whose first permitted address is dialled. */
export function judge(
  policy: PolicySet,
  attempted: Attempt,
  answers: readonly string[] = ['93.184.216.34'],
  { machine = noMachine, now = noon, seen = usual(attempted) }: Circumstances = {},
): Clearance | Denial {
  const admission = admit(policy, attempted, now);
  if (admission.kind === 'denied') return admission;
  const permitted = permit(admission, answers.map(ip), machine);
  if (permitted.kind === 'denied') return permitted;
  return clear(permitted, permitted.addresses[0], seen, now);
}

/** The outcome in a word: `pass`, `observed REASON`, or the reason of the denial. */
export function outcome(verdict: Clearance | Denial): string {
  if (verdict.kind === 'denied') return verdict.reason;
  return verdict.wouldDeny === 'none' ? 'pass' : `observed ${verdict.wouldDeny.reason}`;
}
