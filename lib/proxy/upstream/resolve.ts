import type { DomainName, IpAddress } from '../../address/index.js';
import { type Answers, answersOf, askFamilies, DnsClient, ServerList } from '../../dns/index.js';
import type { Admission } from '../../policy/index.js';
import { setBounded } from '../../system/values/index.js';
import { checkRecordable, type Recordable } from '../decision/index.js';
import { refuseFailed, refuseNotFound, type Refusal } from '../refusal/index.js';
import { Turns } from './turns.js';

/** What name resolution uses. `hosts` has names that are in no DNS, and comes first. */
export interface ResolverOptions {
  readonly servers: readonly string[] | 'system';
  readonly cacheEntries: number;
  readonly hosts: ReadonlyMap<DomainName, readonly IpAddress[]>;
}

/** Looks up admitted hosts whose decision can be recorded, and nothing else (laws 2, 3 and 4, rule A9). */
export interface NameResolver {
  readonly resolve: (admission: Admission, recordable: Recordable) => Promise<Answers | Refusal>;
  readonly cachedNames: () => number;
  /** Reads the system's DNS servers again, and forgets what was cached. */
  readonly reread: () => void;
}

/** Look-ups under way: each has up to two sockets for each server that is silent. */
const TURNS = { total: 128, perClient: 64, waiting: 4_096 };

/** Answers, and until when they may be reused, on the clock of `performance.now()`. */
interface Found {
  readonly kind: 'found';
  readonly answers: Answers;
  readonly until: number;
}

/**
 * Makes a resolver over the given servers (never the hosts file, search domains or a fallback: rule A8). A and AAAA are
 * asked together, and a silent one delays the other only briefly; at most 16 answers and 8 aliases are taken, within
 * `budgetMs`. Answers are cached for their TTL, 5 minutes at most; simultaneous look-ups of a name share one query.
 * `serversChanged` is called when the system has other servers.
 */
export function createResolver(
  options: ResolverOptions,
  budgetMs: number,
  serversChanged: (servers: readonly string[]) => void = () => undefined,
): NameResolver {
  const lookUps = new LookUps(options, budgetMs, serversChanged);
  return {
    resolve: (admission, recordable) => {
      checkRecordable(recordable);
      return lookUps.resolve(admission);
    },
    cachedNames: lookUps.cachedNames,
    reread: lookUps.reread,
  };
}

/** Makes the resolver of the command line. No client is involved, so there is no decision to record. */
export function createOperatorResolver(
  options: ResolverOptions,
  budgetMs: number,
): { readonly resolve: (admission: Admission) => Promise<Answers | Refusal> } {
  return new LookUps(options, budgetMs, () => undefined);
}

/** The look-ups of one resolver: cached, shared and limited. */
class LookUps {
  readonly #options: ResolverOptions;
  readonly #budgetMs: number;
  readonly #servers: ServerList;
  readonly #dns = new DnsClient();
  readonly #turns = new Turns(TURNS);
  readonly #cache = new Map<DomainName, Found>();
  readonly #underWay = new Map<DomainName, Promise<Answers | Refusal>>();

  constructor(options: ResolverOptions, budgetMs: number, serversChanged: (servers: readonly string[]) => void) {
    this.#options = options;
    this.#budgetMs = budgetMs;
    this.#servers = new ServerList(options.servers, (servers) => {
      this.#forget();
      serversChanged(servers);
    });
  }

  readonly resolve = (admission: Admission): Promise<Answers | Refusal> => {
    const { destination, client } = admission.attempt;
    const { host } = destination;
    if (host.kind === 'address') return Promise.resolve(answersOf([host.address], []));
    const listed = this.#options.hosts.get(host.name);
    if (listed !== undefined) return Promise.resolve(answersOf(listed, []));
    const known = this.#known(host.name);
    return known === 'unknown' ? this.#lookUpInTurn(host.name, client.ip) : known;
  };

  readonly cachedNames = (): number => this.#cache.size;

  readonly reread = (): void => {
    this.#servers.reread();
    this.#forget();
  };

  #forget(): void {
    this.#cache.clear();
    this.#dns.forget();
  }

  /** What is in the cache, or is being looked up already. */
  #known(name: DomainName): Promise<Answers | Refusal> | 'unknown' {
    const cached = this.#cache.get(name);
    if (cached !== undefined && cached.until > performance.now()) return Promise.resolve(cached.answers);
    return this.#underWay.get(name) ?? 'unknown';
  }

  async #lookUpInTurn(name: DomainName, client: IpAddress): Promise<Answers | Refusal> {
    const asked = performance.now();
    const endTurn = await this.#turns.take(client, this.#budgetMs);
    if (endTurn === 'none') return refuseFailed('dns_timeout', 'too many look-ups are under way');
    try {
      const known = this.#known(name);
      if (known !== 'unknown') return await known;
      const left = Math.max(1, this.#budgetMs - (performance.now() - asked));
      const lookUp = this.#lookUp(name, left).finally(() => this.#underWay.delete(name));
      this.#underWay.set(name, lookUp);
      return await lookUp;
    } finally {
      endTurn();
    }
  }

  async #lookUp(name: DomainName, budgetMs: number): Promise<Answers | Refusal> {
    const combined = await askFamilies(this.#dns, name, this.#servers.current(), budgetMs);
    if (combined.kind === 'not_found') return refuseNotFound(name, combined.detail);
    if (combined.kind === 'failed') return refuseFailed(combined.code, combined.detail);
    const { answers, ttlSeconds } = combined;
    this.#cache.delete(name);
    const until = performance.now() + ttlSeconds * 1000;
    if (ttlSeconds > 0) setBounded(this.#cache, name, { kind: 'found', answers, until }, this.#options.cacheEntries);
    return answers;
  }
}
