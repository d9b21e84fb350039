import type { Attempt } from '../../attempt/index.js';
import { firstDeny, holdsButForClient } from '../judge/index.js';
import { factsOf, PolicySet, type AttemptFacts, type Rule, type Scope } from '../set/index.js';

/** The names of the users that can log in. */
export interface KnownUsers {
  readonly has: (name: string) => boolean;
  readonly keys: () => Iterable<string>;
}

/** No user can have this name, so no policy names it. */
const UNNAMED = '';

/** Every user that a policy names, and one that none names: where the users file is not known. */
export const anyUser: KnownUsers = { has: () => true, keys: () => [UNNAMED] };

/** An attempt of a client without a user, and the users that it may turn out to be. */
export interface LogInQuestion {
  readonly policy: PolicySet;
  readonly attempt: Attempt;
  readonly now: Date;
  readonly users: KnownUsers;
}

/** What would help: rules that may lead on, and whether being observed would do too. */
export interface Help {
  readonly leads: (rule: Rule) => boolean;
  readonly observing: boolean;
}

/**
 * The attempt as users would make it: one user for all that the same scopes name, and one that no policy names. Only those
 * that a rule may hold for, or that policies only observe, so that thousands of users cost little.
 */
export function* standIns(question: LogInQuestion, help: Help): Generator<Attempt> {
  const { policy, attempt, now, users } = question;
  const tables = PolicySet.tables(policy);
  const { clients } = tables;
  if (!clients.namesAnonymous && clients.groups().length === 0) return;
  const facts = factsOf(tables, attempt, now);
  const listed = tables.hosts.find(attempt.destination.host, facts.hostLists);
  const forAll = listed.denies.filter(({ scope }) => scope.users === 'every');
  if (firstDeny(forAll, facts) !== 'none') return;
  const leading = leadingScopes(listed.rules, facts, help);
  const mayBeAny = [...leading].some(({ users: named }) => named === 'every');
  for (const name of clients.namesAnonymous ? users.keys() : []) {
    if (clients.namesUser(name)) continue;
    yield as(name, attempt);
    break;
  }
  for (const { scopes, users: named } of clients.groups()) {
    const isLed = mayBeAny || scopes.some((scope) => leading.has(scope));
    if (!isLed && !(help.observing && isObserved(scopes, facts))) continue;
    const name = named.find((each) => users.has(each));
    if (name !== undefined) yield as(name, attempt);
  }
}

/** The scopes of the rules that hold for every fact but the user. */
function leadingScopes(listed: readonly Rule[], facts: AttemptFacts, { leads }: Help): ReadonlySet<Scope> {
  const leading = listed.filter((rule) => holdsButForClient(rule, facts) && leads(rule));
  return new Set(leading.map(({ terms }) => terms.scope).filter((scope) => isInNetwork(scope, facts)));
}

/** Whether every policy that applies to users with these scopes only observes. */
function isObserved(scopes: readonly Scope[], facts: AttemptFacts): boolean {
  const own = scopes.filter((scope) => isInNetwork(scope, facts));
  const all = [...own, ...facts.scopes.filter(({ users }) => users === 'every')];
  return !all.some(({ stance }) => stance === 'enforces') && all.some(({ stance }) => stance === 'observes');
}

function isInNetwork({ networks }: Scope, { clientLists }: AttemptFacts): boolean {
  return networks === 'every' || clientLists.includes(networks);
}

function as(user: string, attempt: Attempt): Attempt {
  return { ...attempt, client: { ...attempt.client, identity: { kind: 'basic', user } } };
}
