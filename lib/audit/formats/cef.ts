import type { CheckContent, ReadRecord } from '../index.js';
import type { About } from './entry.js';
import type { SummarisedEntry } from './summary.js';
import { escapeUnit } from './json-object.js';

const SEVERITIES = { informational: 2, low: 4, medium: 6, high: 8 } as const;

/** CEF allows no more in `externalId`. Forty characters of a hash are 240 bits of it. */
const ID_CHARACTERS = 40;

type Extension = Record<string, string | number | null>;

/**
 * A record in the Common Event Format, version 0: one line of ASCII. It holds what CEF has a key for; what it has none
 * for, and is not in one of the six custom texts, is left out. `externalId` is the beginning of the record's id.
 */
export function cef(entry: SummarisedEntry, about: About): string {
  const { summary } = entry;
  const header = ['tidegate', 'tidegate', about.version, summary.action, summary.message, SEVERITIES[summary.severity]];
  const extension: Extension = {
    rt: Date.parse(entry.time),
    externalId: entry.hash.slice(0, ID_CHARACTERS),
    cat: entry.kind,
    outcome: summary.outcome,
    dvchost: about.host === 'not_known' ? null : about.host,
    cn3: entry.seq,
    cn3Label: 'seq',
    ...(entry.record === 'foreign' || entry.record === 'malformed' ? {} : ofRecord(entry.record)),
  };
  const pairs = Object.entries(extension).filter(([, value]) => value !== null && value !== '');
  return `CEF:0|${header.map(inHeader).join('|')}|${pairs.map(([key, value]) => `${key}=${inExtension(value)}`).join(' ')}`;
}

function ofRecord(record: ReadRecord): Extension {
  switch (record.kind) {
    case 'decision':
      return ofDecision(record.content);
    case 'close':
      return ofClose(record.content);
    case 'progress': {
      const { attempt, bytes_out: bytesOut, bytes_in: bytesIn, duration_ms: durationMs } = record.content;
      return { ...traffic(bytesOut, bytesIn, durationMs), ...custom('cs2', 'attempt', attempt) };
    }
    case 'policy': {
      const { outcome, revision, problems } = record.content;
      return { act: outcome, msg: problems.join('\n'), ...custom('cs3', 'revision', revision) };
    }
    case 'start':
      return { dvcpid: record.content.pid, ...custom('cs3', 'revision', record.content.revision) };
    case 'stop':
      return { reason: record.content.cause };
    case 'admin':
      return { act: record.content.action, msg: record.content.detail };
  }
}

type Of<K extends ReadRecord['kind']> = Extract<ReadRecord, { kind: K }>['content'];

function ofDecision(content: Of<'decision'>): Extension {
  const { client, destination, rule } = content;
  return {
    start: Date.parse(content.received),
    act: content.verdict,
    reason: content.reason,
    msg: content.detail,
    proto: 'TCP',
    deviceDirection: 1,
    ...source(client.ip),
    spt: client.port,
    suser: client.user,
    dhost: destination?.host ?? null,
    dpt: destination?.port ?? null,
    requestMethod: content.method,
    request: content.path,
    ...custom('cs1', 'rule', rule === null ? null : `${rule.policy}/${rule.id}`),
    ...custom('cs2', 'attempt', content.attempt),
    ...custom('cs3', 'revision', content.revision),
    ...custom('cs4', 'would_deny', content.would_deny === 'none' ? null : content.would_deny),
    ...custom('cs5', 'strictness_rule', content.strictness_rule),
    ...custom('cn1', 'status', content.status),
  };
}

function ofClose(content: Of<'close'>): Extension {
  const { dialled, judged_by: rule = null, would_deny: wouldDeny = null, checks } = content;
  return {
    reason: content.ended_by,
    msg: content.detail,
    app: content.seen,
    ...(dialled === null ? {} : target(dialled.ip)),
    dpt: dialled?.port ?? null,
    ...traffic(content.bytes_out, content.bytes_in, content.duration_ms),
    ...custom('cs1', 'rule', rule === null ? null : `${rule.policy}/${rule.id}`),
    ...custom('cs2', 'attempt', content.attempt),
    ...custom('cs4', 'would_deny', wouldDeny === 'none' ? null : wouldDeny),
    ...custom('cs5', 'checks', checksText(checks ?? [])),
    ...custom('cs6', 'server_name', content.server_name),
    ...custom('cn1', 'status', content.status),
  };
}

/** Fact, outcome and what was seen; what the rule expects stands in the policy. */
function checksText(checks: readonly CheckContent[]): string | null {
  const texts = checks.map(({ fact, outcome, seen }) => [fact, outcome, ...(seen === null ? [] : [seen])].join(' '));
  return texts.length === 0 ? null : texts.join('; ');
}

/** CEF counts from where a connection leads: `in` is what flows from source to destination, our bytes out. */
function traffic(bytesOut: number | null, bytesIn: number | null, durationMs: number | null): Extension {
  return { in: bytesOut, out: bytesIn, ...custom('cn2', 'duration_ms', durationMs) };
}

// `src` and `dst` are IPv4 in CEF:0; IPv6 has custom fields, whose labels the specification gives.
function source(ip: string): Extension {
  return ip.includes(':') ? { c6a2: ip, c6a2Label: 'Source IPv6 Address' } : { src: ip };
}

function target(ip: string): Extension {
  return ip.includes(':') ? { c6a3: ip, c6a3Label: 'Destination IPv6 Address' } : { dst: ip };
}

function custom(key: string, label: string, value: string | number | null): Extension {
  return value === null ? {} : { [key]: value, [`${key}Label`]: label };
}

const NOT_ASCII = /[^ -~]/g;

/** In the header `|` and `\` are escaped, and there are no line ends. */
function inHeader(value: string | number): string {
  return ascii(String(value).replace(/[\\|]/g, '\\$&'));
}

/** In the extension `=` and `\` are escaped, and line ends are `\n` and `\r`. */
function inExtension(value: string | number | null): string {
  const escaped = String(value).replace(/[\\=]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return ascii(escaped);
}

/** What is left that is not printable ASCII is read back as the text `\uXXXX`. */
function ascii(escaped: string): string {
  return escaped.replace(NOT_ASCII, (unit) => `\\${escapeUnit(unit)}`);
}
