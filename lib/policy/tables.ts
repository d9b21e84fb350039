import { ownersOf } from '../address/index.js';
import type { Host, RangeTable } from '../address/index.js';
import type { Attempt } from '../attempt/index.js';
import { compile } from './compile.js';
import type { CompiledDeny, CompiledPolicy, CompiledRule, Cover, Slice } from './compile.js';
import type { PolicyDocument, RuleRef } from './language/index.js';
import { speaksFor } from './rule.js';
import type { Asked, DenyEntry, Rule, Scope, Stance } from './rule.js';
import type { PolicySummary } from './verdict.js';

/** Finds what lists a host: by its exact name, by a suffix of it, or by a list of ranges that an address is in. */
interface HostIndex<T> {
  readonly byName: Map<string, T[]>;
  readonly bySuffix: Map<string, T[]>;
  readonly byList: Map<number, T[]>;
  /** Labels of the longest suffix: a longer tail of a name need not be looked for. */
  deepest: number;
}

/** Finds the policies that speak for a client, by the narrowest thing they say about clients. */
interface ClientIndex {
  readonly byUser: Map<string, Scope[]>;
  readonly byNetwork: Map<number, Scope[]>;
  readonly everyone: Scope[];
  /** Whether any policy names networks: if none does, a client's address need not be looked up. */
  namesNetworks: boolean;
}

/** What the judge looks things up in. */
export interface Tables {
  readonly ranges: RangeTable;
  /** The lists of ranges as text, by number: for explanations. */
  readonly lists: readonly string[];
  readonly rules: readonly Rule[];
  readonly denies: readonly DenyEntry[];
  readonly allowing: HostIndex<Rule>;
  readonly denying: HostIndex<DenyEntry>;
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

/**
 * Builds the policy set from its slices, one a step, so that the caller can let others work in between (10,000 rules
 * take about 100 steps). `compiled` is asked for a slice only when it is that slice's turn.
 */
export function* assemble(compiled: Iterable<Slice>): Generator<void, PolicySet> {
  const building = new Building();
  for (const slice of compiled) {
    building.add(slice);
    yield;
  }
  return building.finish();
}

/** Compiles and assembles at once, for sets of ordinary size: cases, `explain`, tests. */
export function policySetOf(documents: readonly PolicyDocument[], revision: string): PolicySet {
  const building = new Building();
  for (const slice of compile(documents, revision)) building.add(slice);
  return building.finish();
}

/** The policy set with nothing in it: the one in force as long as no other could be read. It lets nothing out (law 1). */
export function emptyPolicySet(revision: string): PolicySet {
  return policySetOf([], revision);
}

/** A policy as its rules refer to it. */
interface Speaker {
  readonly summary: PolicySummary;
  readonly scope: Scope;
}

class Building {
  #start: { readonly revision: string; readonly ranges: RangeTable } | 'not_started' = 'not_started';
  readonly #speakers: Speaker[] = [];
  readonly #scopes = new Map<string, Scope>();
  readonly #lists: string[] = [];
  readonly #rules: Rule[] = [];
  readonly #denies: DenyEntry[] = [];
  readonly #allowing: HostIndex<Rule> = emptyHostIndex();
  readonly #denying: HostIndex<DenyEntry> = emptyHostIndex();
  readonly #clients: ClientIndex = { byUser: new Map(), byNetwork: new Map(), everyone: [], namesNetworks: false };

  add(slice: Slice): void {
    switch (slice.kind) {
      case 'start':
        this.#start = slice;
        return;
      case 'policies':
        for (const row of slice.rows) this.#addPolicy(row);
        return;
      case 'lists':
        for (const text of slice.rows) this.#lists.push(text);
        return;
      case 'rules':
        for (const row of slice.rows) this.#addRule(row);
        return;
      case 'denies':
        for (const row of slice.rows) this.#addDeny(row);
    }
  }

  finish(): PolicySet {
    if (this.#start === 'not_started') throw new Error('a compiled policy set has no first slice');
    const { revision, ranges } = this.#start;
    const summaries = this.#speakers.map(({ summary }) => summary);
    return new PolicySet(revision, summaries, {
      ranges,
      lists: this.#lists,
      rules: this.#rules,
      denies: this.#denies,
      allowing: this.#allowing,
      denying: this.#denying,
      clients: this.#clients,
    });
  }

  #addPolicy({ users, networks, ...summary }: CompiledPolicy): void {
    const stance = summary.mode === 'enforce' ? 'enforces' : summary.rules > 0 ? 'observes' : 'silent';
    this.#speakers.push({ summary, scope: this.#scopeOf(users, networks, stance) });
  }

  /** Policies that speak for the same clients with the same stance share a scope, so that it is asked about once. */
  #scopeOf(users: CompiledPolicy['users'], networks: CompiledPolicy['networks'], stance: Stance): Scope {
    const key = JSON.stringify([users, networks, stance]);
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    const scope: Scope = { users: users === 'every' ? users : new Set(users), networks, stance };
    this.#scopes.set(key, scope);
    const { byUser, byNetwork, everyone } = this.#clients;
    if (networks !== 'every') this.#clients.namesNetworks = true;
    if (scope.users !== 'every') for (const user of scope.users) enter(byUser, user, scope);
    else if (scope.networks !== 'every') enter(byNetwork, scope.networks, scope);
    else everyone.push(scope);
    return scope;
  }

  #addRule(says: CompiledRule): void {
    const { summary, scope } = this.#speaker(says.policy);
    const { protocol, paths, expires } = says;
    const ref = { ...refOf(summary, says), protocol, readsPaths: paths !== 'every' };
    const rule: Rule = { ref, order: this.#rules.length, scope, expiresAt: endOf(expires), says };
    this.#rules.push(rule);
    list(this.#allowing, says.to, rule);
  }

  #addDeny(says: CompiledDeny): void {
    const { summary, scope } = this.#speaker(says.policy);
    const { ports, reason } = says;
    const entry: DenyEntry = { ref: refOf(summary, says), order: this.#denies.length, scope, ports, reason };
    this.#denies.push(entry);
    list(this.#denying, says.to, entry);
  }

  #speaker(policy: number): Speaker {
    const speaker = this.#speakers[policy];
    if (speaker === undefined) throw new RangeError(`a compiled rule belongs to policy ${policy}, which is not there`);
    return speaker;
  }
}

function refOf({ name, file }: PolicySummary, { id, line }: CompiledRule | CompiledDeny): RuleRef {
  return { policy: name, id, file, line };
}

/** The first moment after a day (UTC, `YYYY-MM-DD`), in milliseconds since 1970. */
function endOf(day: string): number {
  return day === 'never' ? Infinity : Date.parse(`${day}T00:00:00Z`) + 86_400_000;
}

function emptyHostIndex<T>(): HostIndex<T> {
  return { byName: new Map(), bySuffix: new Map(), byList: new Map(), deepest: 0 };
}

function list<T>(index: HostIndex<T>, { names, suffixes, ranges }: Cover, entry: T): void {
  for (const name of names) enter(index.byName, name, entry);
  for (const suffix of suffixes) {
    enter(index.bySuffix, suffix, entry);
    index.deepest = Math.max(index.deepest, suffix.split('.').length);
  }
  if (ranges !== 'none') enter(index.byList, ranges, entry);
}

function enter<K, T>(map: Map<K, T[]>, key: K, entry: T): void {
  const entries = map.get(key);
  if (entries === undefined) map.set(key, [entry]);
  else entries.push(entry);
}

/** Works out what is asked of every rule. */
export function ask(tables: Tables, attempt: Attempt, now: Date): Asked {
  const { host } = attempt.destination;
  const hostLists = host.kind === 'address' ? ownersOf(tables.ranges, host.address) : [];
  const clientLists = tables.clients.namesNetworks ? ownersOf(tables.ranges, attempt.client.ip) : [];
  return { attempt, at: now.getTime(), clientLists, hostLists };
}

/** Everything in the index that lists the host, each once, by file and line. `lists` are those an address is in. */
export function listing<T extends { readonly order: number }>(
  index: HostIndex<T>,
  host: Host,
  lists: readonly number[],
): readonly T[] {
  const found = host.kind === 'name' ? listingName(index, host.name) : listingAddress(index, lists);
  if (found.length < 2) return found[0] ?? [];
  return [...new Set(found.flat())].sort((a, b) => a.order - b.order);
}

function listingName<T>(index: HostIndex<T>, name: string): T[][] {
  const exact = index.byName.get(name);
  const found = exact === undefined ? [] : [exact];
  // From the right: `example`, `corp.example`, `web.corp.example` … but never the whole name (rule A12).
  let dot = name.length;
  for (let labels = 1; labels <= index.deepest; labels++) {
    dot = name.lastIndexOf('.', dot - 1);
    if (dot === -1) break;
    const below = index.bySuffix.get(name.slice(dot + 1));
    if (below !== undefined) found.push(below);
  }
  return found;
}

/** The same for an address, by the lists of ranges that it is in. */
function listingAddress<T>(index: HostIndex<T>, lists: readonly number[]): T[][] {
  const found: T[][] = [];
  for (const list of lists) {
    const entries = index.byList.get(list);
    if (entries !== undefined) found.push(entries);
  }
  return found;
}

/** What the policies that speak for the client say together: one that enforces outweighs all that observe. */
export function stanceOn({ clients }: Tables, asked: Asked): 'enforces' | 'observes' | 'nobody_speaks' {
  const { identity } = asked.attempt.client;
  const found = [clients.everyone];
  if (identity.kind === 'basic') found.push(clients.byUser.get(identity.user) ?? []);
  for (const list of asked.clientLists) found.push(clients.byNetwork.get(list) ?? []);
  const heard = new Set<Stance>();
  for (const scopes of found) for (const scope of scopes) if (speaksFor(scope, asked)) heard.add(scope.stance);
  if (heard.size === 0) return 'nobody_speaks';
  return heard.has('observes') && !heard.has('enforces') ? 'observes' : 'enforces';
}
