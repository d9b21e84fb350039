import {
  formatHost,
  parseAuthority,
  parseHost,
  parsePort,
  parseRange,
  rangeOf,
  type Host,
} from '../../address/index.js';
import { CHECK_FACTS, CHECK_OUTCOMES, recordFields, type Vocabulary } from '../../audit/index.js';
import type { DestinationPattern, Filter } from './filter.js';

type TextField = Exclude<keyof Filter, 'wouldDeny'>;

/**
 * A filter as people write it. Times are UTC (`2026-11-23`, `2026-11-23T10:20`, …Z) or how long ago: `90s`, `15m`, `2h`,
 * `7d`, `1w`. A client is an address or a range; a destination a host, `host:port`, `*.name`, an address or a range.
 */
export type FilterTexts = { readonly [Field in TextField]?: string } & { readonly wouldDeny?: boolean };

/** A part of a filter that is invalid. */
interface FilterProblem {
  readonly field: keyof FilterTexts;
  /** What was written. */
  readonly text: string;
  /** What is valid. */
  readonly detail: string;
}

/** A filter, or everything that is wrong with the texts. */
type FilterReading =
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'problems'; readonly problems: readonly FilterProblem[] };

/** A text as a part of a filter, or why it is none and what is valid. */
type Part = Filter | { readonly problem: string };

const READERS: Readonly<Record<TextField, (text: string, now: Date) => Part>> = {
  since: (text, now) => readTime(text, now, (since) => ({ since })),
  until: (text, now) => readTime(text, now, (until) => ({ until })),
  user: (user) => ({ user }),
  client: readClient,
  destination: readDestination,
  // Given by itself it overrides the one of `host:port`: it is read later.
  port: readPort,
  verdict: readVerdict,
  reason: readReason,
  rule: (rule) => ({ rule }),
  policy: (policy) => ({ policy }),
  outcome: (text) => readWord(text, CHECK_OUTCOMES, (outcome) => ({ outcome })),
  fact: (text) => readWord(text, CHECK_FACTS, (fact) => ({ fact })),
  text: (text) => ({ text }),
};

/** Reads a filter. Relative times count back from `now`. All problems are reported, not only the first. */
export function readFilter(texts: FilterTexts, now: Date): FilterReading {
  const problems: FilterProblem[] = [];
  let filter: Filter = texts.wouldDeny === true ? { wouldDeny: true } : {};
  for (const field of fieldsOf(READERS)) {
    const text = texts[field];
    if (text === undefined) continue;
    const read = text === '' ? { problem: 'it is empty' } : READERS[field](text, now);
    if ('problem' in read) problems.push({ field, text, detail: read.problem });
    else filter = { ...filter, ...read };
  }
  return problems.length === 0 ? { kind: 'filter', filter } : { kind: 'problems', problems };
}

function fieldsOf<T extends object>(table: T): (keyof T)[] {
  const names: (keyof T)[] = [];
  for (const name in table) names.push(name);
  return names;
}

const AGO = /^(\d{1,6})([smhdw])$/;
const SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);
const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?Z?)?$/;

function readTime(text: string, now: Date, filterOf: (iso: string) => Filter): Part {
  const [, count, unit = ''] = AGO.exec(text) ?? [];
  if (count !== undefined) {
    return filterOf(new Date(now.getTime() - Number(count) * (SECONDS.get(unit) ?? 0) * 1000).toISOString());
  }
  const [, day, minutes = '00:00', seconds = '00', millis = '0'] = MOMENT.exec(text) ?? [];
  const iso = `${day ?? ''}T${minutes}:${seconds}.${millis.padEnd(3, '0')}Z`;
  const moment = new Date(iso);
  // JavaScript takes 30 February for 2 March.
  if (day !== undefined && !Number.isNaN(moment.getTime()) && moment.toISOString() === iso) return filterOf(iso);
  return { problem: 'use a duration (90s, 15m, 2h, 7d), a date (2026-01-31) or a UTC time (2026-01-31T23:59)' };
}

function readClient(text: string): Part {
  const range = parseRange(text);
  if (range.kind === 'parsed') return { client: range.value };
  if (range.kind === 'host_bits') return { problem: `${range.detail}; did you mean ${range.corrected.text}?` };
  return { problem: 'use an address (10.20.0.5) or a range (10.20.0.0/16)' };
}

function readPort(text: string): Part {
  const port = parsePort(text);
  return port.kind === 'parsed' ? { port: port.value } : { problem: 'use a number from 1 to 65535' };
}

function readDestination(text: string): Part {
  if (text.startsWith('*.')) {
    const under = parseHost(text.slice(2));
    if (under.kind === 'parsed' && under.value.kind === 'name') {
      return { destination: { kind: 'under', suffix: under.value.name } };
    }
  }
  const range = parseRange(text);
  if (range.kind === 'parsed') return { destination: { kind: 'range', range: range.value } };
  if (range.kind === 'host_bits') return { problem: `${range.detail}; did you mean ${range.corrected.text}?` };
  const authority = parseAuthority(text);
  if (authority.kind === 'parsed') {
    return { destination: exactly(authority.value.host), port: authority.value.port };
  }
  const host = parseHost(text);
  if (host.kind === 'parsed') return { destination: exactly(host.value) };
  return { problem: `${host.detail}; use a host, host:port, *.name, an address or a range` };
}

/** A range of one for an address, which is compared with resolved addresses too. */
function exactly(host: Host): DestinationPattern {
  return host.kind === 'address'
    ? { kind: 'range', range: rangeOf(host.address) }
    : { kind: 'host', host: formatHost(host) };
}

function readVerdict(text: string): Part {
  const { oneOf } = recordFields.decision.verdict.shape;
  const verdict = fieldsOf(oneOf).find((word) => word === text);
  return verdict === undefined ? noneOf(oneOf) : { verdict };
}

function readReason(text: string): Part {
  const words = [...recordFields.decision.reason.shape.word, ...recordFields.close.ended_by.shape.word];
  return words.some((vocabulary) => Object.hasOwn(vocabulary, text))
    ? { reason: text }
    : { problem: 'use a reason code such as destination_not_allowed; docs/audit-fields.md lists them' };
}

function readWord(text: string, words: Vocabulary, filterOf: (word: string) => Filter): Part {
  return Object.hasOwn(words, text) ? filterOf(text) : noneOf(words);
}

function noneOf(words: Vocabulary): Part {
  return { problem: `one of ${Object.keys(words).join(', ')}` };
}
