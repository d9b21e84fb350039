import { Resolver } from 'node:dns/promises';
import { parseAddress, type DomainName, type IpAddress } from '../../address/index.js';
import type { Admission } from '../../policy/index.js';
import { errorReason, within } from '../../system/index.js';
import { setBounded } from '../../system/values/index.js';
import { checkRecordable, type Recordable } from '../decision/index.js';
import { refuseFailed, type Refusal } from '../refusal/index.js';

/** What name resolution uses. `hosts` has names that are in no DNS, and comes first. */
export interface ResolverOptions {
  readonly servers: readonly string[] | 'system';
  readonly cacheEntries: number;
  readonly hosts: ReadonlyMap<DomainName, readonly IpAddress[]>;
}

/** The addresses of a host, in order, and the aliases on the way, if DNS shows them. */
export interface Answers {
  readonly kind: 'answers';
  readonly addresses: readonly IpAddress[];
  readonly aliases: readonly string[] | 'not_visible';
}

/** Looks up admitted hosts whose decision can be recorded, and nothing else (laws 2, 3 and 4, rule A9). */
export interface NameResolver {
  readonly resolve: (admission: Admission, recordable: Recordable) => Promise<Answers | Refusal>;
  readonly cachedNames: () => number;
}

const ANSWERS_MAX = 16;
const ALIASES_MAX = 8;
const CACHE_SECONDS_MAX = 300;
/** How long addresses of one family wait for the other, and how long they are cached without it. */
const MOMENT_MS = 500;
const CACHE_SECONDS_IF_PARTIAL = 10;

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
 */
export function createResolver(options: ResolverOptions, budgetMs: number): NameResolver {
  const { resolve, cachedNames } = createOperatorResolver(options, budgetMs);
  return {
    resolve: (admission, recordable) => {
      checkRecordable(recordable);
      return resolve(admission);
    },
    cachedNames,
  };
}

/** Makes the resolver of the command line. No client is involved, so there is no decision to record. */
export function createOperatorResolver(
  options: ResolverOptions,
  budgetMs: number,
): Pick<NameResolver, 'cachedNames'> & { readonly resolve: (admission: Admission) => Promise<Answers | Refusal> } {
  const dns = new Resolver({ timeout: Math.max(250, Math.floor(budgetMs / 3)), tries: 2 });
  if (options.servers !== 'system') dns.setServers(options.servers);
  const cache = new Map<DomainName, Found>();
  const asking = new Map<DomainName, Promise<Answers | Refusal>>();

  const ask = async (name: DomainName): Promise<Answers | Refusal> => {
    const late = refuseFailed('dns_timeout', `no answer in ${budgetMs} ms`);
    const found = await within(lookUp(dns, name, budgetMs), budgetMs, late);
    if (found.kind === 'refusal') return found;
    cache.delete(name);
    if (found.until > performance.now()) setBounded(cache, name, found, options.cacheEntries);
    return found.answers;
  };

  const lookUpOnce = (name: DomainName): Promise<Answers | Refusal> => {
    const cached = cache.get(name);
    if (cached !== undefined && cached.until > performance.now()) return Promise.resolve(cached.answers);
    const under = asking.get(name);
    if (under !== undefined) return under;
    const asked = ask(name).finally(() => asking.delete(name));
    asking.set(name, asked);
    return asked;
  };

  const resolve = (admission: Admission): Promise<Answers | Refusal> => {
    const { host } = admission.attempt.destination;
    if (host.kind === 'address') return Promise.resolve(answersOf([host.address], []));
    const listed = options.hosts.get(host.name);
    return listed === undefined ? lookUpOnce(host.name) : Promise.resolve(answersOf(listed, []));
  };
  return { resolve, cachedNames: () => cache.size };
}

function answersOf(addresses: readonly IpAddress[], aliases: Answers['aliases']): Answers {
  return { kind: 'answers', addresses: addresses.slice(0, ANSWERS_MAX), aliases };
}

interface Family {
  readonly records: readonly { readonly address: string; readonly ttl: number }[];
  readonly code: string;
}

/** A family without an answer in time. */
const LATE: Family = { records: [], code: 'ETIMEOUT' };

async function lookUp(dns: Resolver, name: DomainName, budgetMs: number): Promise<Found | Refusal> {
  const { six, four, aliases } = await askAll(dns, name, budgetMs);
  const records = [...six.records, ...four.records];
  if (records.length === 0) return notFound(six.code, four.code);
  if (aliases === 'too_long') return refuseFailed('dns_error', `more than ${ALIASES_MAX} aliases`);
  const addresses = records.flatMap(({ address }) => {
    const read = parseAddress(address);
    return read.kind === 'parsed' ? [read.value] : [];
  });
  const longest = six === LATE || four === LATE ? CACHE_SECONDS_IF_PARTIAL : CACHE_SECONDS_MAX;
  const ttlSeconds = records.reduce((least, { ttl }) => Math.min(least, ttl), longest);
  const until = performance.now() + ttlSeconds * 1000;
  return { kind: 'found', answers: answersOf(interleave(addresses), aliases), until };
}

/**
 * Asks for both families and the aliases. Addresses of one family are enough: name servers that never answer for the other
 * are not rare, and delay it only briefly (RFC 8305 §3). The aliases, for the record, get half of the budget.
 */
async function askAll(dns: Resolver, name: DomainName, budgetMs: number) {
  const asked = { ttl: true } as const;
  const [sixth, fourth] = [family(dns.resolve6(name, asked)), family(dns.resolve4(name, asked))];
  const chain = within(followAliases(dns, name), budgetMs / 2, 'not_visible');
  await Promise.race([withRecords(sixth), withRecords(fourth), Promise.all([sixth, fourth])]);
  const momentMs = Math.min(MOMENT_MS, budgetMs / 4);
  const [six, four, aliases] = await Promise.all([
    within(sixth, momentMs, LATE),
    within(fourth, momentMs, LATE),
    chain,
  ]);
  return { six, four, aliases };
}

/** Settles once the family has an address; otherwise never. */
function withRecords(family: Promise<Family>): Promise<void> {
  return new Promise((resolve) => {
    void family.then(({ records }) => (records.length > 0 ? resolve() : undefined));
  });
}

async function family(asked: Promise<readonly { address: string; ttl: number }[]>): Promise<Family> {
  try {
    return { records: await asked, code: 'none' };
  } catch (error) {
    return { records: [], code: errorReason(error) };
  }
}

const ABSENT: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'none']);

function notFound(six: string, four: string): Refusal {
  const worst = ABSENT.has(four) ? six : four;
  const detail = `A: ${four}, AAAA: ${six}`;
  if (ABSENT.has(worst)) return refuseFailed('destination_not_found', detail);
  return refuseFailed(worst === 'ETIMEOUT' ? 'dns_timeout' : 'dns_error', detail);
}

/** The alias chain, asked link by link, since Node does not show it with an address. It may stay unknown. */
async function followAliases(dns: Resolver, name: DomainName): Promise<Answers['aliases'] | 'too_long'> {
  const chain: string[] = [];
  let next: string = name;
  while (chain.length <= ALIASES_MAX) {
    try {
      const [alias] = await dns.resolveCname(next);
      if (alias === undefined) return chain;
      next = alias;
    } catch (error) {
      return ABSENT.has(errorReason(error)) ? chain : 'not_visible';
    }
    chain.push(next.toLowerCase());
  }
  return 'too_long';
}

/** Families alternate, so that an unreachable one cannot use up the time (RFC 8305 §4). */
function interleave(addresses: readonly IpAddress[]): IpAddress[] {
  const six = addresses.filter(({ family }) => family === 6);
  const four = addresses.filter(({ family }) => family === 4);
  return Array.from({ length: Math.max(six.length, four.length) }, (_, i) =>
    [six[i], four[i]].filter((address) => address !== undefined),
  ).flat();
}
