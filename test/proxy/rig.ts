import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAddress, parseHost, type DomainName, type IpAddress } from '../../lib/address/index.js';
import { openJournal, readJournal, type Journal } from '../../lib/journal/index.js';
import { policySetOf, readPolicies, type PolicySet } from '../../lib/policy/index.js';
import { portableRelay } from '../../lib/relay/index.js';
import { createProxy, type OperatorLog, type Proxy, type ProxyOptions, type Recorder } from '../../lib/proxy/index.js';

/** What a test may choose; the rest is ordinary. `disturb` stands between the proxy and its journal: an injected fault. */
export interface RigOptions {
  readonly policy?: string;
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  readonly dnsServers?: readonly string[];
  readonly options?: Partial<ProxyOptions>;
  readonly times?: Partial<ProxyOptions['times']>;
  readonly disturb?: (journal: Journal) => Recorder;
}

/** A proxy in this process: real listener, real journal in a temporary folder, policy compiled from text. */
export interface Rig {
  readonly proxy: Proxy;
  readonly port: number;
  readonly journal: Journal;
  /** What the proxy was made of, for making another. */
  readonly options: ProxyOptions;
  /** The records so far, oldest first, without those of the journal itself. */
  readonly records: () => Promise<readonly Readonly<Record<string, unknown>>[]>;
  readonly setPolicy: (text: string) => void;
  readonly logged: readonly string[];
  readonly end: () => Promise<void>;
}

const TIMES: ProxyOptions['times'] = {
  head: 5_000,
  idle: 10_000,
  dns: 2_000,
  dial: 2_000,
  answer: 5_000,
  response: 5_000,
  stalled: 5_000,
  tunnelIdle: 'never',
  halfClosed: 60_000,
  hello: 5_000,
  handshake: 10_000,
  probe: 5_000,
  probeMemory: 60_000,
  progress: 60_000,
};

/** Names under `.test` and loopback addresses may be reached by any protocol on any port. */
export const OPEN_POLICY = `
policy: open
allow:
  - id: names
    to: ["*.test"]
    resolves-to: [127.0.0.0/8]
    protocol: any
    ports: [1-65535]
  - id: loopback
    to: [127.0.0.0/8]
    protocol: any
    ports: [1-65535]
`;

/** Compiles one policy text as the repository would, under a revision of its own. */
export function policySet(text: string, revision = `test-${digestOf(text)}`): PolicySet {
  const read = readPolicies([{ path: 'test.yaml', text }], '2026-11-23');
  if (read.kind === 'problems') throw new Error(JSON.stringify(read.problems));
  return policySetOf(read.documents, revision);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function hostsOf(hosts: RigOptions['hosts'] = {}): ReadonlyMap<DomainName, readonly IpAddress[]> {
  const map = new Map<DomainName, readonly IpAddress[]>();
  for (const [name, texts] of Object.entries(hosts)) {
    const host = parseHost(name);
    if (host.kind === 'malformed' || host.value.kind !== 'name') throw new Error(name);
    map.set(host.value.name, texts.map(address));
  }
  return map;
}

function address(text: string): IpAddress {
  const read = parseAddress(text);
  if (read.kind === 'malformed') throw new Error(text);
  return read.value;
}

function logInto(lines: string[]): OperatorLog {
  const note = (event: string, fields?: Readonly<Record<string, unknown>>): void => {
    lines.push(
      `${event} ${JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.stack : value))}`,
    );
  };
  return { debug: note, info: note, warn: note, error: note };
}

/** Starts a proxy for one test. */
export async function startRig(given: RigOptions = {}): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'tidegate-'));
  const directory = join(folder, 'journal');
  const journal = await openJournal({ directory });
  if (journal.kind !== 'journal') throw new Error(JSON.stringify(journal));
  let policy = policySet(given.policy ?? OPEN_POLICY);
  const logged: string[] = [];
  const options: ProxyOptions = {
    listen: [{ host: '127.0.0.1', port: 0 }],
    policy: () => policy,
    journal: given.disturb?.(journal) ?? journal,
    relay: portableRelay,
    authentication: { kind: 'off' },
    resolver: { servers: given.dnsServers ?? ['127.0.0.1:9'], cacheEntries: 100, hosts: hostsOf(given.hosts) },
    times: { ...TIMES, ...given.times },
    connections: { total: 1_000, perClient: 1_000 },
    revocation: 'close',
    log: logInto(logged),
    now: () => new Date(),
    ...given.options,
  };
  const proxy = await createProxy(options);
  if (proxy.kind === 'listen_problem') throw new Error(proxy.code);
  return {
    proxy,
    port: proxy.listeners[0]?.port ?? 0,
    journal,
    options,
    records: async () => {
      const records: Record<string, unknown>[] = [];
      for await (const line of readJournal(directory)) {
        if (!('content' in line)) throw new Error(`a damaged line: ${JSON.stringify(line)}`);
        if (line.kind === 'segment' || line.kind === 'checkpoint') continue;
        records.push({ kind: line.kind, ...line.content });
      }
      return records;
    },
    setPolicy: (text) => {
      policy = policySet(text);
      proxy.policyChanged();
    },
    logged,
    end: async () => {
      await proxy.stop(0);
      await journal.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
