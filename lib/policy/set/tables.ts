import { ownersOf, type Host, type RangeTable } from '../../address/index.js';
import type { Attempt, Client } from '../../attempt/index.js';
import type { PolicySummary } from './compile.js';
import type { DenyEntry, Rule, Scope, Stance } from './rule.js';

/** One attempt as rules are asked about it, worked out once for all rules. */
export interface Asked {
  readonly attempt: Attempt;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The lists of ranges that the client's address is in. */
  readonly clientLists: readonly number[];
  /** The scopes of the policies that speak for the client. */
  readonly speaking: readonly Scope[];
  /** The lists of ranges that the asked host is in: none for a name, which no range covers (rule A6). */
  readonly hostLists: readonly number[];
}

/** What lists a host: rules that may allow it, and deny entries, each by file and line. */
export interface Listing {
  readonly rules: readonly Rule[];
  readonly denies: readonly DenyEntry[];
}

/** Finds what lists a host: by its exact name, by a suffix of it, or by a list of ranges that an address is in. */
interface HostIndex {
  readonly byName: ReadonlyMap<string, Listing>;
  readonly bySuffix: ReadonlyMap<string, Listing>;
  /** By the number of the list; many are lists of other things than hosts. */
  readonly byList: readonly Listing[];
  /** Which numbers of labels suffixes have: a tail of a name that has another need not be looked for. */
  readonly suffixLengths: readonly boolean[];
}

/** Finds the policies that speak for a client, by the narrowest thing they say about clients. */
interface ClientIndex {
  readonly byUser: ReadonlyMap<string, readonly Scope[]>;
  readonly byNetwork: ReadonlyMap<number, readonly Scope[]>;
  readonly everyone: readonly Scope[];
  /** Whether any policy names networks: if none does, a client's address need not be looked up. */
  readonly namesNetworks: boolean;
}

/** What the judge looks things up in. Made by `assembly.ts`. */
export interface Tables {
  readonly ranges: RangeTable;
  /** The lists of ranges as text, by number: for explanations. */
  readonly lists: readonly string[];
  readonly rules: readonly Rule[];
  readonly denies: readonly DenyEntry[];
  readonly hosts: HostIndex;
  readonly clients: ClientIndex;
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

  /** The tables behind a policy set. Not for other rooms: the door gives out the type of this class only. */
  static tables(policy: PolicySet): Tables {
    return policy.#tables;
  }
}

/** Works out what is asked of every rule. */
export function ask({ ranges, clients }: Tables, attempt: Attempt, now: Date): Asked {
  const { client, destination } = attempt;
  const { host } = destination;
  const hostLists = host.kind === 'address' ? ownersOf(ranges, host.address) : [];
  const clientLists = clients.namesNetworks ? ownersOf(ranges, client.ip) : [];
  return { attempt, at: now.getTime(), clientLists, speaking: speakingFor(clients, client, clientLists), hostLists };
}

/** The scopes that speak for a client: one of their users, in one of their networks, where they name them. */
function speakingFor(clients: ClientIndex, { identity }: Client, lists: readonly number[]): readonly Scope[] {
  const speaking = [...clients.everyone];
  for (const list of lists) for (const scope of clients.byNetwork.get(list) ?? []) speaking.push(scope);
  const named = identity.kind === 'basic' ? (clients.byUser.get(identity.user) ?? []) : [];
  for (const scope of named) if (scope.networks === 'every' || lists.includes(scope.networks)) speaking.push(scope);
  return speaking;
}

const NOTHING: Listing = { rules: [], denies: [] };

/** Everything that lists the host, each once. `lists` are those that an address is in; a name is in none. */
export function listing({ hosts }: Tables, host: Host, lists: readonly number[]): Listing {
  const found = host.kind === 'name' ? bucketsOfName(hosts, host.name) : bucketsOfAddress(hosts, lists);
  if (found.length < 2) return found[0] ?? NOTHING;
  return { rules: merged(found.map(({ rules }) => rules)), denies: merged(found.map(({ denies }) => denies)) };
}

function bucketsOfName(hosts: HostIndex, name: string): readonly Listing[] {
  const exact = hosts.byName.get(name);
  const found = exact === undefined ? [] : [exact];
  // From the right: `example`, `corp.example`, `web.corp.example` … but never the whole name (rule A12).
  let dot = name.length;
  for (let labels = 1; labels < hosts.suffixLengths.length; labels++) {
    dot = name.lastIndexOf('.', dot - 1);
    if (dot === -1) break;
    const below = hosts.suffixLengths[labels] === true ? hosts.bySuffix.get(name.slice(dot + 1)) : undefined;
    if (below !== undefined) found.push(below);
  }
  return found;
}

function bucketsOfAddress(hosts: HostIndex, lists: readonly number[]): readonly Listing[] {
  const found: Listing[] = [];
  for (const list of lists) {
    const bucket = hosts.byList[list];
    if (bucket !== undefined && bucket.rules.length + bucket.denies.length > 0) found.push(bucket);
  }
  return found;
}

function merged<T extends { readonly order: number }>(lists: readonly (readonly T[])[]): readonly T[] {
  const full = lists.filter(({ length }) => length > 0);
  if (full.length < 2) return full[0] ?? [];
  return [...new Set(full.flat())].sort((a, b) => a.order - b.order);
}

/** What the policies that speak for the client say together: one that enforces outweighs all that observe. */
export function stanceOn({ speaking }: Asked): 'enforces' | 'observes' | 'nobody_speaks' {
  if (speaking.length === 0) return 'nobody_speaks';
  const says = (stance: Stance): boolean => speaking.some((scope) => scope.stance === stance);
  return says('observes') && !says('enforces') ? 'observes' : 'enforces';
}
