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

/** What can be asked for, as people write it on a command line or in an address bar. */
export interface FilterTexts {
  /** A UTC date or time (`2026-11-23`, `2026-11-23T10:20`, …Z), or how long ago: `90s`, `15m`, `2h`, `7d`, `1w`. */
  readonly since?: string;
  readonly until?: string;
  readonly user?: string;
  /** An address or a range. */
  readonly client?: string;
  /** A host, `host:port`, `*.name`, an address or a range. */
  readonly destination?: string;
  readonly port?: string;
  readonly verdict?: string;
  readonly reason?: string;
  /** An id, or `policy/id`. */
  readonly rule?: string;
  readonly policy?: string;
  readonly wouldDeny?: boolean;
  /** What came of holding a tunnel against the rule, such as `mismatch`, and of which fact, such as `host_key`. */
  readonly outcome?: string;
  readonly fact?: string;
  readonly text?: string;
}

/** What cannot be understood, and what can. */
export interface FilterProblem {
  readonly field: keyof FilterTexts;
  readonly detail: string;
}

/** A filter, or everything that is wrong with the texts. */
export type FilterReading =
  | { readonly kind: 'filter'; readonly filter: Filter }
  | { readonly kind: 'problems'; readonly problems: readonly FilterProblem[] };

type Read = Filter | string;

const READERS = {
  since: (text, now) => readTime(text, now, (since) => ({ since })),
  until: (text, now) => readTime(text, now, (until) => ({ until })),
  user: (user) => ({ user }),
  client: readClient,
  destination: readDestination,
  port: readPort,
  verdict: readVerdict,
  reason: readReason,
  rule: (rule) => ({ rule }),
  policy: (policy) => ({ policy }),
  outcome: (text) => readWord(text, CHECK_OUTCOMES, 'outcome', (outcome) => ({ outcome })),
  fact: (text) => readWord(text, CHECK_FACTS, 'fact', (fact) => ({ fact })),
  text: (text) => ({ text }),
} as const satisfies Record<Exclude<keyof FilterTexts, 'wouldDeny'>, (text: string, now: Date) => Read>;

/** Reads what people ask for. Relative times count back from `now`. All problems are told, not the first. */
export function readFilter(texts: FilterTexts, now: Date): FilterReading {
  const problems: FilterProblem[] = [];
  let filter: Filter = texts.wouldDeny === true ? { wouldDeny: true } : {};
  for (const field of fieldsOf(READERS)) {
    const text = texts[field];
    if (text === undefined) continue;
    const read: Read = text === '' ? 'is empty' : READERS[field](text, now);
    if (typeof read === 'string') problems.push({ field, detail: read });
    // A port given by itself counts more than the one of `host:port`: it is read later.
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

function readTime(text: string, now: Date, made: (iso: string) => Filter): Read {
  const [, count, unit = ''] = AGO.exec(text) ?? [];
  if (count !== undefined) {
    return made(new Date(now.getTime() - Number(count) * (SECONDS.get(unit) ?? 0) * 1000).toISOString());
  }
  const [, day, minutes = '00:00', seconds = '00', millis = '0'] = MOMENT.exec(text) ?? [];
  const iso = `${day ?? ''}T${minutes}:${seconds}.${millis.padEnd(3, '0')}Z`;
  const moment = new Date(iso);
  // JavaScript takes 30 February for 2 March.
  if (day !== undefined && !Number.isNaN(moment.getTime()) && moment.toISOString() === iso) return made(iso);
  return 'is no time: write it as 2026-01-31, 2026-01-31T23:59 (UTC), or how long ago, such as 90s, 15m, 2h, 7d';
}

function readClient(text: string): Read {
  const range = parseRange(text);
  if (range.kind === 'parsed') return { client: range.value };
  return range.kind === 'host_bits'
    ? `is no range: ${range.detail}, did you mean ${range.corrected.text}`
    : 'is no address or range: write it as 10.20.0.5 or 10.20.0.0/16';
}

function readPort(text: string): Read {
  const port = parsePort(text);
  return port.kind === 'parsed' ? { port: port.value } : 'is no port: write a number from 1 to 65535';
}

function readDestination(text: string): Read {
  if (text.startsWith('*.')) {
    const under = parseHost(text.slice(2));
    if (under.kind === 'parsed' && under.value.kind === 'name') {
      return { destination: { kind: 'under', suffix: under.value.name } };
    }
  }
  const range = parseRange(text);
  if (range.kind === 'parsed') return { destination: { kind: 'range', range: range.value } };
  if (range.kind === 'host_bits') return `is no range: ${range.detail}, did you mean ${range.corrected.text}`;
  const authority = parseAuthority(text);
  if (authority.kind === 'parsed') {
    return { destination: exactly(authority.value.host), port: authority.value.port };
  }
  const host = parseHost(text);
  if (host.kind === 'parsed') return { destination: exactly(host.value) };
  return `is no destination (${host.detail}): write a host, host:port, *.name, an address or a range`;
}

/** An address is looked for among resolved ones too, so it is a range of one. */
function exactly(host: Host): DestinationPattern {
  return host.kind === 'address'
    ? { kind: 'range', range: rangeOf(host.address) }
    : { kind: 'host', host: formatHost(host) };
}

function readVerdict(text: string): Read {
  const { oneOf } = recordFields.decision.verdict.shape;
  const verdict = fieldsOf(oneOf).find((word) => word === text);
  return verdict === undefined ? `is no verdict: one of ${Object.keys(oneOf).join(', ')}` : { verdict };
}

function readReason(text: string): Read {
  const words = [...recordFields.decision.reason.shape.word, ...recordFields.close.ended_by.shape.word];
  return words.some((vocabulary) => Object.hasOwn(vocabulary, text))
    ? { reason: text }
    : 'is no reason: docs/audit-fields.md lists them, such as destination_not_allowed';
}

function readWord(text: string, words: Vocabulary, what: string, made: (word: string) => Filter): Read {
  return Object.hasOwn(words, text) ? made(text) : `is no ${what}: one of ${Object.keys(words).join(', ')}`;
}
