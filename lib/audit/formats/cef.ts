import type { CheckContent, CloseContent, DecisionContent } from '../index.js';
import { type About, type SummarisedEntry, verdictIn } from './summary.js';
import { escapeUnit } from './json-object.js';

const SEVERITIES = { informational: 2, low: 4, medium: 6, high: 8 } as const;

/** CEF allows no more in `externalId`. Forty characters of a hash are 240 bits of it. */
const ID_CHARACTERS = 40;

/** The labels of the custom fields; those of IPv6 addresses are given by the specification. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ['cs1', 'rule'],
  ['cs2', 'attempt'],
  ['cs3', 'revision'],
  ['cs4', 'would_deny'],
  ['cs5 of decision', 'strictness_rule'],
  ['cs5 of close', 'checks'],
  ['cs6', 'server_name'],
  ['cn1', 'status'],
  ['cn2', 'duration_ms'],
  ['cn3', 'seq'],
  ['c6a2', 'Source IPv6 Address'],
  ['c6a3', 'Destination IPv6 Address'],
]);

type Extension = Record<string, string | number | null>;

/**
 * A record in the Common Event Format, version 0: one line of ASCII. It holds what CEF has a key for; what it has none
 * for, and is not in one of the six custom texts, is left out. `externalId` is the beginning of the record's id.
 */
export function cef(entry: SummarisedEntry, about: About): string {
  const { summary, kind } = entry;
  const header = ['tidegate', 'tidegate', about.version, summary.action, summary.message, SEVERITIES[summary.severity]];
  const extension: Extension = {
    rt: Date.parse(entry.time),
    externalId: entry.hash.slice(0, ID_CHARACTERS),
    cat: kind,
    outcome: summary.outcome,
    dvchost: about.host === 'not_known' ? null : about.host,
    cn3: entry.seq,
    ...ofRecord(entry.record),
  };
  const pairs = Object.entries(extension).flatMap(([key, value]) => {
    if (value === null || value === '') return [];
    const label = LABELS.get(key === 'cs5' ? `cs5 of ${kind}` : key);
    return [`${key}=${inExtension(value)}`, ...(label === undefined ? [] : [`${key}Label=${label}`])];
  });
  return `CEF:0|${header.map(inHeader).join('|')}|${pairs.join(' ')}`;
}

function ofRecord(record: SummarisedEntry['record']): Extension {
  switch (record.kind) {
    case 'foreign':
    case 'malformed':
      return {};
    case 'decision':
      return { act: verdictIn(record), ...ofDecision(record.content) };
    case 'close':
      return { act: verdictIn(record), ...ofClose(record.content) };
    case 'progress':
      return { ...traffic(record.content), cs2: record.content.attempt };
    case 'policy': {
      const { outcome, revision, problems } = record.content;
      return { act: outcome, msg: problems.join('\n'), cs3: revision };
    }
    case 'start':
      return { dvcpid: record.content.pid, cs3: record.content.revision };
    case 'stop':
      return { reason: record.content.cause };
    case 'admin':
      return { act: record.content.action, msg: record.content.detail };
  }
}

function ofDecision(content: DecisionContent): Extension {
  const { client, destination, would_deny: wouldDeny } = content;
  return {
    start: Date.parse(content.received),
    reason: content.reason,
    msg: content.detail,
    proto: 'TCP',
    deviceDirection: 1,
    // `src` and `dst` are IPv4 in CEF:0; IPv6 has custom fields.
    [isV6(client.ip) ? 'c6a2' : 'src']: client.ip,
    spt: client.port,
    suser: client.user,
    dhost: destination?.host ?? null,
    dpt: destination?.port ?? null,
    requestMethod: content.method,
    request: content.path,
    cs1: nameOf(content.rule),
    cs2: content.attempt,
    cs3: content.revision,
    cs4: wouldDeny === 'none' ? null : wouldDeny,
    cs5: content.strictness_rule,
    cn1: content.status,
  };
}

function ofClose(content: CloseContent): Extension {
  const { dialled, judged_by: rule = null, would_deny: wouldDeny = null, checks } = content;
  return {
    reason: content.ended_by,
    msg: content.detail,
    app: content.seen,
    ...(dialled === null ? {} : { [isV6(dialled.ip) ? 'c6a3' : 'dst']: dialled.ip }),
    dpt: dialled?.port ?? null,
    ...traffic(content),
    cs1: nameOf(rule),
    cs2: content.attempt,
    cs4: wouldDeny === 'none' ? null : wouldDeny,
    cs5: checksText(checks ?? []),
    cs6: content.server_name,
    cn1: content.status,
  };
}

function isV6(ip: string): boolean {
  return ip.includes(':');
}

function nameOf(rule: DecisionContent['rule']): string | null {
  return rule === null ? null : `${rule.policy}/${rule.id}`;
}

/** Fact, outcome and what was seen; what the rule expects stands in the policy. */
function checksText(checks: readonly CheckContent[]): string | null {
  const texts = checks.map(({ fact, outcome, seen }) => [fact, outcome, ...(seen === null ? [] : [seen])].join(' '));
  return texts.length === 0 ? null : texts.join('; ');
}

/** CEF counts from where a connection leads: `in` is what flows from source to destination, our bytes out. */
function traffic(content: Pick<CloseContent, 'bytes_out' | 'bytes_in' | 'duration_ms'>): Extension {
  return { in: content.bytes_out, out: content.bytes_in, cn2: content.duration_ms };
}

const NOT_ASCII = /[^ -~]/g;

/** In the header `|` and `\` are escaped, and there are no line ends. */
function inHeader(value: string | number): string {
  return ascii(String(value).replace(/[\\|]/g, '\\$&'));
}

/** In the extension `=` and `\` are escaped, and line ends are `\n` and `\r`. */
function inExtension(value: string | number): string {
  const escaped = String(value).replace(/[\\=]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return ascii(escaped);
}

/** What is left that is not printable ASCII is read back as the text `\uXXXX`. */
function ascii(escaped: string): string {
  return escaped.replace(NOT_ASCII, (unit) => `\\${escapeUnit(unit)}`);
}
