import type { Client } from '../../attempt/index.js';
import type { CompiledPolicy, Scope, Stance } from './rule.js';

/** Finds the scopes that cover a client, by the narrowest thing they say about clients. */
export class ClientIndex {
  readonly #scopes = new Map<string, Scope>();
  readonly #byUser = new Map<string, Scope[]>();
  readonly #byNetwork = new Map<number, Scope[]>();
  readonly #everyone: Scope[] = [];
  #namesNetworks = false;

  /** Whether any policy names networks: if none does, a client's address need not be looked up. */
  get namesNetworks(): boolean {
    return this.#namesNetworks;
  }

  /** The scope of a policy. Policies for the same clients with the same stance share one, which is then checked once. */
  scopeOf({ users, networks, mode, rules, contact }: CompiledPolicy): Scope {
    const stance: Stance = mode === 'enforce' ? 'enforces' : rules > 0 ? 'observes' : 'silent';
    const key = JSON.stringify([users, networks, stance, contact]);
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    const named = users === 'every' ? 'every' : new Set(users);
    const scope: Scope = { number: this.#scopes.size, users: named, networks, stance, contact };
    this.#scopes.set(key, scope);
    this.#add(scope);
    return scope;
  }

  /** The scopes that cover a client: one of their users, in one of their networks, where they name them. */
  find({ identity }: Pick<Client, 'identity'>, lists: readonly number[]): readonly Scope[] {
    const found = [...this.#everyone];
    for (const list of lists) for (const scope of this.#byNetwork.get(list) ?? []) found.push(scope);
    const named = identity.kind === 'basic' ? (this.#byUser.get(identity.user) ?? []) : [];
    for (const scope of named) if (scope.networks === 'every' || lists.includes(scope.networks)) found.push(scope);
    return found;
  }

  #add(scope: Scope): void {
    const { users, networks } = scope;
    if (networks !== 'every') this.#namesNetworks = true;
    if (users !== 'every') for (const user of users) append(this.#byUser, user, scope);
    else if (networks !== 'every') append(this.#byNetwork, networks, scope);
    else this.#everyone.push(scope);
  }
}

function append<K>(map: Map<K, Scope[]>, key: K, scope: Scope): void {
  const scopes = map.get(key) ?? [];
  scopes.push(scope);
  map.set(key, scopes);
}
