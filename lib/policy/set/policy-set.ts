import { ownersOf, parseAddress, rangeContains, type IpRange, type RangeTable } from '../../address/index.js';
import type { Attempt } from '../../attempt/index.js';
import type { ClientIndex } from './client-index.js';
import type { HostIndex } from './host-index.js';
import type { DenyEntry, PolicySummary, Rule, Scope } from './rule.js';

/** What the judge looks things up in. Nothing is added once a set is made of it. */
export interface Tables {
  readonly ranges: RangeTable;
  /** The lists of ranges as text, by number: for explanations. */
  readonly lists: readonly string[];
  readonly rules: readonly Rule[];
  readonly denies: readonly DenyEntry[];
  readonly hosts: Pick<HostIndex, 'find' | 'naming' | 'leadingTo'>;
  readonly clients: Pick<ClientIndex, 'find' | 'namesNetworks' | 'namesAnonymous' | 'namesUser' | 'groups'>;
}

/** Everything that the judge needs, compiled and immutable. `revision` is a hash of the content that it was made of. */
export class PolicySet {
  readonly revision: string;
  readonly policies: readonly PolicySummary[];
  readonly ruleCount: number;
  readonly #tables: Tables;

  constructor(revision: string, policies: readonly PolicySummary[], tables: Tables) {
    this.revision = revision;
    this.policies = policies;
    this.ruleCount = tables.rules.length;
    this.#tables = tables;
  }

  /** The tables of a policy set, for the rooms of policy: their door exports only the type of this class. */
  static tables(policy: PolicySet): Tables {
    return policy.#tables;
  }
}

/** An attempt as rules are checked against it. */
export interface AttemptFacts {
  readonly attempt: Attempt;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The lists of ranges that the client's address is in. */
  readonly clientLists: readonly number[];
  /** The scopes of the policies that apply to the client. */
  readonly scopes: readonly Scope[];
  /** The lists of ranges that the requested host is in: none for a name, which no range covers (rule A6). */
  readonly hostLists: readonly number[];
}

/** Prepares an attempt for all rules. */
export function factsOf({ ranges, clients }: Tables, attempt: Attempt, now: Date): AttemptFacts {
  const { client, destination } = attempt;
  const { host } = destination;
  const hostLists = host.kind === 'address' ? ownersOf(ranges, host.address) : [];
  const clientLists = clients.namesNetworks ? ownersOf(ranges, client.ip) : [];
  return { attempt, at: now.getTime(), clientLists, scopes: clients.find(client, clientLists), hostLists };
}

/** The effect of all policies that apply to the client: one that enforces outweighs all that observe. */
export function stanceOn({ scopes }: Pick<AttemptFacts, 'scopes'>): 'enforces' | 'observes' | 'no_policy_applies' {
  if (scopes.length === 0) return 'no_policy_applies';
  const observes = scopes.some(({ stance }) => stance === 'observes');
  return observes && !scopes.some(({ stance }) => stance === 'enforces') ? 'observes' : 'enforces';
}

/** Addresses of clients that no policy means: of the documentation ranges (RFC 5737, RFC 3849). */
const STRANGERS = ['198.51.100.1', '2001:db8::1'];

/** Whether observe mode lets a client pass that no policy names, by its user or its network, and that connects from these. */
export function observesAnyone(policy: PolicySet, from: readonly IpRange[] | 'anywhere' = 'anywhere'): boolean {
  const { ranges, clients } = PolicySet.tables(policy);
  return STRANGERS.some((text) => {
    const ip = parseAddress(text);
    if (ip.kind === 'malformed') throw new Error(ip.detail);
    if (from !== 'anywhere' && !from.some((range) => rangeContains(range, ip.value))) return false;
    const scopes = clients.find({ identity: { kind: 'network' } }, ownersOf(ranges, ip.value));
    return stanceOn({ scopes }) === 'observes';
  });
}
