import { ownersOf, type RangeTable } from '../../address/index.js';
import type { Attempt } from '../../attempt/index.js';
import type { ClientIndex } from './client-index.js';
import type { HostIndex } from './host-index.js';
import type { PolicySummary } from './rows.js';
import type { DenyEntry, Rule, Scope } from './rule.js';

/** What the judge looks things up in. Nothing is added once a set is made of it. */
export interface Tables {
  readonly ranges: RangeTable;
  /** The lists of ranges as text, by number: for explanations. */
  readonly lists: readonly string[];
  readonly rules: readonly Rule[];
  readonly denies: readonly DenyEntry[];
  readonly hosts: Pick<HostIndex, 'find'>;
  readonly clients: Pick<ClientIndex, 'find' | 'namesNetworks'>;
}

/**
 * Everything a judge needs, compiled and immutable. Made by the policy room only; other rooms read the summary and hand
 * it back. `revision` names the exact content judged by (a content hash).
 */
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

  /** The tables of a policy set. For the rooms of policy only: its door gives out the type of this class only. */
  static tables(policy: PolicySet): Tables {
    return policy.#tables;
  }
}

/** What rules are checked against: one attempt, worked out once for all rules. */
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

/** Works out what every rule is checked against. */
export function factsOf({ ranges, clients }: Tables, attempt: Attempt, now: Date): AttemptFacts {
  const { client, destination } = attempt;
  const { host } = destination;
  const hostLists = host.kind === 'address' ? ownersOf(ranges, host.address) : [];
  const clientLists = clients.namesNetworks ? ownersOf(ranges, client.ip) : [];
  return { attempt, at: now.getTime(), clientLists, scopes: clients.find(client, clientLists), hostLists };
}

/** What the policies that apply to the client say together: one that enforces outweighs all that observe. */
export function stanceOn({ scopes }: AttemptFacts): 'enforces' | 'observes' | 'no_policy_applies' {
  if (scopes.length === 0) return 'no_policy_applies';
  const observes = scopes.some(({ stance }) => stance === 'observes');
  return observes && !scopes.some(({ stance }) => stance === 'enforces') ? 'observes' : 'enforces';
}
