import { endOfDay } from '../../system/values/index.js';
import type { PolicyDocument, RuleRef } from '../language/index.js';
import { ClientIndex } from './client-index.js';
import { compile, type CompiledPolicies, type Slice } from './compile.js';
import { HostIndex } from './host-index.js';
import { PolicySet } from './policy-set.js';
import type { CompiledDeny, CompiledRule, DenyEntry, PolicySummary, Rule, Scope, Terms } from './rule.js';

/** Assembles at once, for sets of ordinary size and for threads that may block. */
export function assembleAtOnce(compiled: CompiledPolicies): PolicySet {
  const assembly = new Assembly();
  for (const slice of compiled) assembly.add(slice);
  return assembly.finish();
}

/** Compiles and assembles at once. */
export function policySetOf(documents: readonly PolicyDocument[], revision: string): PolicySet {
  return assembleAtOnce(compile(documents, revision));
}

/** The empty policy set, in force until another could be read. It lets nothing out (law 1). */
export function emptyPolicySet(revision: string): PolicySet {
  return policySetOf([], revision);
}

/** Builds a policy set from its slices, in order. Others can work in between: 10,000 rules are about 100 slices. */
export class Assembly {
  #start: Extract<Slice, { readonly kind: 'start' }> | 'not_started' = 'not_started';
  readonly #policies: { readonly summary: PolicySummary; readonly scope: Scope }[] = [];
  readonly #lists: string[] = [];
  readonly #rules: Rule[] = [];
  readonly #denies: DenyEntry[] = [];
  readonly #terms = new Map<string, Terms>();
  readonly #hosts = new HostIndex();
  readonly #clients = new ClientIndex();

  /** Adds the next slice. */
  add(slice: Slice): void {
    switch (slice.kind) {
      case 'start':
        this.#start = slice;
        return;
      case 'policies':
        for (const row of slice.rows) {
          const { name, file, mode, rules, denies } = row;
          this.#policies.push({ summary: { name, file, mode, rules, denies }, scope: this.#clients.scopeOf(row) });
        }
        return;
      case 'lists':
        for (const text of slice.rows) {
          this.#lists.push(text);
          this.#hosts.addList();
        }
        return;
      case 'rules':
        for (const row of slice.rows) this.#addRule(row);
        return;
      case 'denies':
        for (const row of slice.rows) this.#addDeny(row);
    }
  }

  /** Makes the set, once every slice was added. */
  finish(): PolicySet {
    if (this.#start === 'not_started') throw new Error('a compiled policy set has no first slice');
    const { revision, ranges } = this.#start;
    const summaries = this.#policies.map(({ summary }) => summary);
    const tables = { ranges, lists: this.#lists, rules: this.#rules, denies: this.#denies };
    return new PolicySet(revision, summaries, { ...tables, hosts: this.#hosts, clients: this.#clients });
  }

  #addRule(row: CompiledRule): void {
    const { ref, scope } = this.#originOf(row);
    const { to, except, resolvesTo, traffic } = row;
    const terms = this.#termsOf(row, scope);
    const standing = { ...ref, protocol: terms.protocol, readsPaths: terms.paths !== 'every' };
    const rule = { ref: standing, order: this.#rules.length, terms, to, except, resolvesTo, traffic };
    this.#rules.push(rule);
    this.#hosts.addRule(rule);
  }

  #addDeny(row: CompiledDeny): void {
    const { ref, scope } = this.#originOf(row);
    const entry = { ref, order: this.#denies.length, scope, ports: row.ports, reason: row.reason };
    this.#denies.push(entry);
    this.#hosts.addDeny(entry, row.to);
  }

  #termsOf({ terms }: CompiledRule, scope: Scope): Terms {
    const key = JSON.stringify([scope.number, terms]);
    const known = this.#terms.get(key);
    if (known !== undefined) return known;
    const made = { ...terms, scope, expiresAt: terms.expires === 'never' ? Infinity : endOfDay(terms.expires) };
    this.#terms.set(key, made);
    return made;
  }

  #originOf({ policy, id, line }: CompiledRule | CompiledDeny): { readonly ref: RuleRef; readonly scope: Scope } {
    const found = this.#policies[policy];
    if (found === undefined) throw new RangeError(`a compiled rule belongs to policy ${policy}, which is not there`);
    const { name, file } = found.summary;
    return { ref: { policy: name, id, file, line }, scope: found.scope };
  }
}
