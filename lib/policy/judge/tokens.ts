import type { IpAddress } from '../../address/index.js';
import type { Attempt, Observation } from '../../attempt/index.js';
import type { Rule } from '../set/index.js';
import type { Check } from '../traffic/index.js';
import type { Admitted, Route } from './routes.js';
import { watchOf } from './traffic-verdict.js';
import type { Denial, DroppedAddress, Ground, Watch } from './verdict.js';

/** A list that is not empty. */
export type Some<T> = readonly [T, ...T[]];

const NO_ROUTES: readonly Route[] = [];

/**
 * The common part of the tokens. Only this room can make one: its door exports no class, and the private fields make every
 * copy of a token another type.
 */
export class Grant<Kind extends string> {
  readonly kind: Kind;
  readonly attempt: Attempt;
  readonly revision: string;
  readonly ground: Ground;
  readonly #admitted: Admitted;
  readonly #routes: readonly Route[];

  constructor(kind: Kind, revision: string, ground: Ground, admitted: Admitted, routes = NO_ROUTES) {
    this.kind = kind;
    this.attempt = admitted.facts.attempt;
    this.revision = revision;
    this.ground = ground;
    this.#admitted = admitted;
    this.#routes = routes;
  }

  /** What a token was judged by. */
  static admittedBy(grant: Grant<string>): Admitted {
    return grant.#admitted;
  }

  /** The addresses that a permit lets the attempt lead to. */
  static routesOf(grant: Grant<string>): readonly Route[] {
    return grant.#routes;
  }
}

/** The name may be looked up. */
export type Admission = Grant<'admission'>;

/** These addresses may be dialled, in the order in which DNS gave them; `dropped` may not. */
export class Permit extends Grant<'permit'> {
  readonly addresses: Some<IpAddress>;
  readonly dropped: readonly DroppedAddress[];

  constructor(from: Admission, ground: Ground, routes: Some<Route>, dropped: readonly DroppedAddress[]) {
    super('permit', from.revision, ground, Grant.admittedBy(from), routes);
    this.addresses = each(routes, ({ address }) => address);
    this.dropped = dropped;
  }
}

/** Traffic that may pass. */
export interface JudgedTraffic {
  readonly kind: 'passes';
  readonly ground: Ground;
  /** Every fact of the traffic as the first of the ground's rules, or else the nearest, checked it. */
  readonly checks: readonly Check[];
  /** What would deny it, had the rule (or every policy that applies) not been set to observe. */
  readonly wouldDeny: Denial | 'none';
  /** The rules to check again when more was seen. */
  readonly watched: readonly Rule[];
}

class TrafficGrant<Kind extends string> extends Grant<Kind> {
  readonly checks: readonly Check[];
  readonly wouldDeny: Denial | 'none';

  constructor(kind: Kind, from: Permit, { ground, checks, wouldDeny }: JudgedTraffic) {
    super(kind, from.revision, ground, Grant.admittedBy(from), Grant.routesOf(from));
    this.checks = checks;
    this.wouldDeny = wouldDeny;
  }
}

/** What was seen of the traffic so far may go on to the other end. */
export class Proceeding extends TrafficGrant<'proceeding'> {
  readonly watch: Watch;

  constructor(from: Permit, judged: JudgedTraffic) {
    super('proceeding', from, judged);
    this.watch = watchOf(judged.watched);
  }
}

/** This traffic may pass. */
export class Clearance extends TrafficGrant<'clearance'> {
  readonly address: IpAddress;
  readonly observation: Observation;
  /** When it was seen: host certificates were judged by this time, and are so again by another policy. */
  readonly seenAt: Date;

  constructor(from: Permit, judged: JudgedTraffic, address: IpAddress, seen: Observation, at: Date) {
    super('clearance', from, judged);
    this.address = address;
    this.observation = seen;
    this.seenAt = at;
  }
}

/** The ground of rules that hold. */
export function groundOn(rules: Some<Rule>): Ground {
  return { kind: 'rules', rules: each(rules, ({ ref }) => ref) };
}

/** Whether the list is not empty. */
export function isSome<T>(list: readonly T[]): list is Some<T> {
  return list.length > 0;
}

/** `map` for a list that is not empty. Nearly always it has one element. */
function each<T, U>(list: Some<T>, change: (one: T) => U): Some<U> {
  const first = change(list[0]);
  return list.length === 1 ? [first] : [first, ...list.slice(1).map(change)];
}
