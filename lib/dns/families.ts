import type { DomainName, IpAddress } from '../address/index.js';
import { within } from '../system/index.js';
import type { AskResult, DnsClient } from './ask.js';
import type { DnsServer } from './server.js';

/** The addresses of a host, in order, and the aliases on the way, as the same answer of DNS shows them. */
export interface Answers {
  readonly kind: 'answers';
  readonly addresses: readonly IpAddress[];
  readonly aliases: readonly string[] | 'not_visible';
}

/** What both families come to. */
type Combined =
  | { readonly kind: 'found'; readonly answers: Answers; readonly ttlSeconds: number }
  | { readonly kind: 'not_found'; readonly detail: string }
  | { readonly kind: 'failed'; readonly code: 'dns_timeout' | 'dns_error'; readonly detail: string };

const ANSWERS_MAX = 16;
const CACHE_SECONDS_MAX = 300;
/** How long addresses of one family are cached if it is not known whether there are some of the other. */
const CACHE_SECONDS_IF_PARTIAL = 10;

/** How long addresses of one family wait for the other, at most. */
const MOMENT_MS = 500;

/**
 * Asks for both families of addresses. Those of one are enough: name servers that never answer for the other are not rare, and
 * delay it only briefly (RFC 8305 §3).
 */
export async function askFamilies(
  dns: DnsClient,
  name: DomainName,
  servers: readonly DnsServer[],
  budgetMs: number,
): Promise<Combined> {
  const six = dns.ask({ name, type: 'AAAA' }, servers, budgetMs);
  const four = dns.ask({ name, type: 'A' }, servers, budgetMs);
  const both = Promise.all([six.result, four.result]);
  await Promise.race([withAddresses(six.result), withAddresses(four.result), both]);
  await within(both, Math.min(MOMENT_MS, budgetMs / 4), 'late');
  six.end();
  four.end();
  return combine(...(await both));
}

/** Settles once the family has an address; otherwise never. */
function withAddresses(family: Promise<AskResult>): Promise<void> {
  return new Promise((resolve) => {
    void family.then((result) => {
      if (result.kind === 'replied' && result.reply.kind === 'addresses') resolve();
    });
  });
}

/** Makes answers of at most 16 addresses. */
export function answersOf(addresses: readonly IpAddress[], aliases: Answers['aliases']): Answers {
  return { kind: 'answers', addresses: addresses.slice(0, ANSWERS_MAX), aliases };
}

/**
 * Combines what was found for each family. Where different servers gave addresses, those of the earlier one count: two servers
 * may know two sides of a network.
 */
function combine(six: AskResult, four: AskResult): Combined {
  const found = [six, four].flatMap((result) => {
    const isFound = result.kind === 'replied' && result.reply.kind === 'addresses';
    return isFound ? [{ place: result.place, ...result.reply }] : [];
  });
  const first = Math.min(...found.map(({ place }) => place));
  const families = found.filter(({ place }) => place === first);
  if (families.length === 0) return notFound(six, four);
  const records = families.flatMap((family) => family.records);
  const isWhole = six.kind === 'replied' && four.kind === 'replied';
  const longest = isWhole ? CACHE_SECONDS_MAX : CACHE_SECONDS_IF_PARTIAL;
  return {
    kind: 'found',
    answers: answersOf(interleave(records.map(({ address }) => address)), joinAliases(families)),
    ttlSeconds: Math.min(longest, ...records.map(({ ttl }) => ttl)),
  };
}

function joinAliases(
  families: readonly { readonly aliases: readonly DomainName[] | 'not_visible' }[],
): Answers['aliases'] {
  const names = new Set<string>();
  for (const { aliases } of families) {
    if (aliases === 'not_visible') return 'not_visible';
    for (const alias of aliases) names.add(alias);
  }
  return [...names];
}

/** Families alternate, so that an unreachable one cannot use up the time (RFC 8305 §4). */
function interleave(addresses: readonly IpAddress[]): IpAddress[] {
  const six = addresses.filter(({ family }) => family === 6);
  const four = addresses.filter(({ family }) => family === 4);
  return Array.from({ length: Math.max(six.length, four.length) }, (_, i) =>
    [six[i], four[i]].filter((address) => address !== undefined),
  ).flat();
}

function notFound(six: AskResult, four: AskResult): Combined {
  const detail = `A: ${words(four)}, AAAA: ${words(six)}`;
  const results = [four, six];
  const codes = results.flatMap((result) => (result.kind === 'failed' ? result.failures.map(({ code }) => code) : []));
  const isTooLong = results.some((result) => result.kind === 'replied' && result.reply.kind === 'too_many_aliases');
  if (isTooLong) return { kind: 'failed', code: 'dns_error', detail };
  if (results.every(({ kind }) => kind === 'replied')) return { kind: 'not_found', detail };
  const isLate = codes.length > 0 && codes.every((code) => code === 'ETIMEOUT');
  return { kind: 'failed', code: isLate ? 'dns_timeout' : 'dns_error', detail };
}

/** The words for a family without addresses, for the record. */
function words(result: AskResult): string {
  if (result.kind === 'failed') {
    if (result.failures.length === 0) return 'no DNS server is configured';
    return result.failures.map(({ server, code }) => `${code} (${server})`).join(', ');
  }
  return REPLIES[result.reply.kind];
}

const REPLIES = {
  addresses: 'found',
  no_data: 'ENODATA',
  no_such_name: 'ENOTFOUND',
  too_many_aliases: 'more than 8 aliases',
} as const;
