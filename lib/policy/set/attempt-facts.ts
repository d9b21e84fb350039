import { ownersOf } from '../../address/index.js';
import type { Attempt } from '../../attempt/index.js';
import type { Tables } from './policy-set.js';
import type { Scope } from './rule.js';

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
