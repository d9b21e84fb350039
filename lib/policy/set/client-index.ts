import type { Client } from '../../attempt/index.js';
import type { CompiledPolicy, Scope, Stance } from './rule.js';

/** Users that the same scopes name. Whatever a policy set says of one of them, it says of all. */
export interface UserGroup {
  readonly scopes: readonly Scope[];
  readonly users: readonly string[];
}

/** Finds the scopes that cover a client, by the narrowest thing they say about clients. */
export class ClientIndex {
  readonly #scopes = new Map<string, Scope>();
  readonly #byUser = new Map<string, Scope[]>();
  readonly #byNetwork = new Map<number, Scope[]>();
  readonly #anonymous: Scope[] = [];
  readonly #everyone: Scope[] = [];
  #namesNetworks = false;
  #groups: readonly UserGroup[] | 'not_made' = 'not_made';

  /** Whether any policy names networks: if none does, a client's address need not be looked up. */
  get namesNetworks(): boolean {
    return this.#namesNetworks;
  }

  /** Whether any policy is for clients without a user alone. */
  get namesAnonymous(): boolean {
    return this.#anonymous.length > 0;
  }

  /** Whether any policy names the user. */
  namesUser(user: string): boolean {
    return this.#byUser.has(user);
  }

  /** All users that policies name, in groups. Made when first needed, once no more scopes come. */
  groups(): readonly UserGroup[] {
    return (this.#groups = this.#groups === 'not_made' ? groupsOf(this.#byUser) : this.#groups);
  }

  /** The scope of a policy. Policies for the same clients with the same stance share one, which is then checked once. */
  scopeOf({ users, networks, mode, rules, contact }: CompiledPolicy): Scope {
    const stance: Stance = mode === 'enforce' ? 'enforces' : rules > 0 ? 'observes' : 'silent';
    const key = JSON.stringify([users, networks, stance, contact]);
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    const named = typeof users === 'string' ? users : new Set(users);
    const scope: Scope = { number: this.#scopes.size, users: named, networks, stance, contact };
    this.#scopes.set(key, scope);
    this.#add(scope);
    return scope;
  }

  /** The scopes that cover a client: for its user, or for clients without one; in one of their networks, where they name them. */
  find({ identity }: Pick<Client, 'identity'>, lists: readonly number[]): readonly Scope[] {
    const found = [...this.#everyone];
    for (const list of lists) for (const scope of this.#byNetwork.get(list) ?? []) found.push(scope);
    const own = identity.kind === 'basic' ? (this.#byUser.get(identity.user) ?? []) : this.#anonymous;
    for (const scope of own) if (scope.networks === 'every' || lists.includes(scope.networks)) found.push(scope);
    return found;
  }

  #add(scope: Scope): void {
    const { users, networks } = scope;
    if (networks !== 'every') this.#namesNetworks = true;
    if (users === 'anonymous') this.#anonymous.push(scope);
    else if (users !== 'every') for (const user of users) append(this.#byUser, user, scope);
    else if (networks !== 'every') append(this.#byNetwork, networks, scope);
    else this.#everyone.push(scope);
  }
}

function groupsOf(byUser: ReadonlyMap<string, readonly Scope[]>): readonly UserGroup[] {
  const groups = new Map<string, { readonly scopes: readonly Scope[]; readonly users: string[] }>();
  for (const [user, scopes] of byUser) {
    const key = scopes.map(({ number }) => number).join();
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { scopes, users: [user] });
    else known.users.push(user);
  }
  return [...groups.values()];
}

function append<K>(map: Map<K, Scope[]>, key: K, scope: Scope): void {
  const scopes = map.get(key) ?? [];
  scopes.push(scope);
  map.set(key, scopes);
}
