import type { Pattern } from '../values/index.js';
import { coverOf, type Covers } from './coverage.js';
import type { AllowRule, PolicyDocument } from './document.js';

/** Marks a policy that every client can come under: those for clients without a user are for all that do not log in. */
const EVERY = '';

/** The rules without pins, by ports and addresses: any one rule that holds is enough (law 6). */
export class Unpinned {
  readonly #patterns = new Map<string, Pattern[]>();
  readonly #covers = new Map<string, Covers>();

  constructor(documents: readonly PolicyDocument[]) {
    for (const { name, clients, allow } of documents) {
      const isOpen = typeof clients.users === 'string' && clients.networks === 'every';
      const scopes = isOpen ? [name, EVERY] : [name];
      for (const rule of allow.filter(isUnpinned)) {
        for (const key of scopes.flatMap((scope) => keysOf(rule, scope))) {
          const patterns = this.#patterns.get(key) ?? [];
          for (const pattern of rule.to) patterns.push(pattern);
          this.#patterns.set(key, patterns);
        }
      }
    }
  }

  /** Whether rules that hold for the same clients lead to a pattern on the rule's ports without pins. */
  coverFor(rule: AllowRule, { name }: PolicyDocument): Covers | 'none' {
    if (!hasPins(rule) || rule.traffic.observes) return 'none';
    const keys = [name, EVERY].flatMap((scope) => keysOf(rule, scope));
    const covers = keys.flatMap((key) => (this.#patterns.has(key) ? [this.#coverOf(key)] : []));
    return covers.length === 0 ? 'none' : (pattern) => covers.some((covered) => covered(pattern));
  }

  #coverOf(key: string): Covers {
    const made = this.#covers.get(key) ?? coverOf(this.#patterns.get(key) ?? []);
    this.#covers.set(key, made);
    return made;
  }
}

/** Whether the rule checks the identity of the ends of its tunnels. */
export function hasPins({ traffic: { thumbprints, clientThumbprints, hostKeys } }: AllowRule): boolean {
  return thumbprints.length + clientThumbprints.length + hostKeys.length > 0;
}

function isUnpinned(rule: AllowRule): boolean {
  const { protocol, expires } = rule.terms;
  return !hasPins(rule) && protocol !== 'http' && rule.except.length === 0 && expires === 'never';
}

/** One key for each kind of traffic that the rule allows: TLS and SSH, or both. */
function keysOf({ terms: { protocol, ports }, resolvesTo }: AllowRule, scope: string): readonly string[] {
  const traffic = protocol === 'any' ? ['tls', 'ssh'] : [protocol === 'ssh' ? 'ssh' : 'tls'];
  return traffic.map((one) => JSON.stringify([scope, one, ports, resolvesTo.map(({ text }) => text)]));
}
