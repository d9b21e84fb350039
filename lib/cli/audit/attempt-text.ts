import type { DecisionContent, ReadRecord } from '../../audit/index.js';
import { lineToAdd } from '../../policy/index.js';
import { verdictOf, type AttemptRow, type ShownRecord } from '../../review/index.js';
import { checkTexts } from './check-text.js';
import { coloured, type Meaning, printable } from '../../app/terminal/index.js';
import { styleOf, type Cell } from '../console/index.js';

/** The column heads of a table of attempts. */
export const ATTEMPT_HEADS = ['received', 'verdict', 'client', 'request', 'why', 'outcome', 'attempt'] as const;

/** The widths of the columns where rows are printed one by one and cannot be measured beforehand. */
export const ATTEMPT_WIDTHS = [20, 8, 22, 44, 34, 24] as const;

const meanings = { allowed: 'good', denied: 'bad', refused: 'warning', failed: 'warning' } as const satisfies Record<
  DecisionContent['verdict'],
  Meaning
>;

/** One attempt as the cells of a table's row. */
export function attemptCells(row: AttemptRow): readonly Cell[] {
  const { content } = row.decision;
  const { verdict } = verdictOf(row);
  return [
    { text: shortTime(row.lastReceived), meaning: 'quiet' },
    { text: verdict, meaning: meanings[verdict] },
    clientText(content),
    requestText(content),
    whyText(row),
    row.count > 1 ? `${row.count} times since ${shortTime(row.firstReceived)}` : outcomeText(row),
    { text: content.attempt, meaning: 'quiet' },
  ];
}

/** One attempt as JSON: its verdict and the fields of its decision, then what was decided at first, and its end. */
export function attemptJson(row: AttemptRow): unknown {
  const { decision, outcome, count, repeats, firstReceived, lastReceived } = row;
  const { verdict, reason } = decision.content;
  return {
    seq: decision.seq,
    time: decision.time,
    ...decision.content,
    ...verdictOf(row),
    decided: { verdict, reason },
    to_allow: toAllow(decision.content),
    count,
    repeats,
    first_received: firstReceived,
    last_received: lastReceived,
    close: outcome.kind === 'closed' ? outcome.close.content : null,
    progress: outcome.kind === 'open' && outcome.progress !== 'none' ? outcome.progress.content : null,
  };
}

/** A record of an attempt, field by field, and the state of the hash chain after its line. */
export function recordText(shown: ShownRecord): string {
  const style = styleOf(process.stdout);
  const { record, seq, time, segment } = shown;
  const kind = record === 'unreadable' ? 'unreadable record' : record.kind;
  const fields = record === 'unreadable' ? [shown.line] : fieldLines(record);
  return [
    `${coloured(kind, 'good', style)} ${coloured(`record ${seq} of ${segment}, ${time}`, 'quiet', style)}`,
    ...fields.map((line) => `  ${printable(line)}`),
    coloured(`  hash chain: ${CHAIN[shown.next]}`, 'quiet', style),
  ].join('\n');
}

const CHAIN = {
  bears_its_hash: 'the next line holds the hash of this one',
  does_not_bear_its_hash: 'BROKEN: the next line holds another hash, so one of the two was changed',
  damaged: 'the next line is damaged',
  newest: 'this is the newest line',
} as const satisfies Record<ShownRecord['next'], string>;

/** Fields of a close record that are shown as sentences below the others. */
const IN_WORDS: readonly string[] = ['judged_by', 'checks'];

/** A key and a value each line, without fields that are null or empty. */
function fieldLines({ kind, content }: ReadRecord): readonly string[] {
  const shown = Object.entries(content).flatMap(([key, value]: [string, unknown]) =>
    value === null || (Array.isArray(value) && value.length === 0) || (kind === 'close' && IN_WORDS.includes(key))
      ? []
      : [[key, typeof value === 'string' ? value : JSON.stringify(value)] as const],
  );
  const width = Math.max(16, ...shown.map(([key]) => key.length));
  const lines = shown.map(([key, value]) => `${key.padEnd(width)} ${value}`);
  if (kind === 'close') return [...lines, ...checkTexts(content)];
  const line = kind === 'decision' ? toAllow(content) : null;
  return line === null ? lines : [...lines, `${'to allow it'.padEnd(width)} ${line}`];
}

/** The line of a policy file that allows what is (or would be) denied for its address alone. */
function toAllow(content: DecisionContent): string | null {
  const { reason, would_deny: wouldDeny, destination, request, nearest, resolved, verdict } = content;
  if (destination === null) return null;
  const dropped = content.dropped ?? [];
  const passing = (resolved ?? []).filter((each) => !dropped.some(({ ip }) => ip === each));
  const line = lineToAdd({
    reason: verdict === 'allowed' ? wouldDeny : reason,
    ...destination,
    kind: request === 'forward' ? 'forward' : 'tunnel',
    nearest,
    passing: verdict === 'allowed' ? passing : [],
    dropped,
  });
  return line === 'none' ? null : line;
}

function clientText({ client }: DecisionContent): string {
  return client.user === null ? client.ip : `${client.user}@${client.ip}`;
}

function requestText({ request, method, destination, path }: DecisionContent): string {
  if (destination === null) return request;
  const host = destination.host.includes(':') ? `[${destination.host}]` : destination.host;
  return `${method ?? ''} ${host}:${destination.port}${path ?? ''}`;
}

/** The rule that decided, or the reason, or both; and the denial that observe mode prevented. */
function whyText(row: AttemptRow): string {
  const { rule, strictness_rule: strictness } = row.decision.content;
  const { verdict, reason } = verdictOf(row);
  const name = rule === null ? '' : `${rule.policy}/${rule.id}`;
  const observed = wouldDenyText(row);
  if (verdict === 'allowed') return observed === '' ? name : observed;
  const why = strictness === null ? reason : `${reason} ${strictness}`;
  if (observed !== '') return `${why}; ${observed}`;
  return name === '' ? why : `${why} (${name})`;
}

function wouldDenyText({ decision, outcome }: AttemptRow): string {
  const inTunnel = outcome.kind === 'closed' ? (outcome.close.content.would_deny ?? 'none') : 'none';
  const reason = decision.content.would_deny === 'none' ? inTunnel : decision.content.would_deny;
  return reason === 'none' ? '' : `would be denied: ${reason}`;
}

function outcomeText({ outcome }: AttemptRow): string {
  switch (outcome.kind) {
    case 'not_passed':
      return '';
    case 'open':
      return 'open';
    case 'closed': {
      const { bytes_out: sent, bytes_in: received, duration_ms: ms, ended_by: ended, status } = outcome.close.content;
      if (status !== null && status >= 400) return `${status} ${ended}`;
      return `${sizeText(sent)} out, ${sizeText(received)} in, ${ms === null ? '?' : `${ms / 1_000} s`}`;
    }
  }
}

function sizeText(bytes: number | null): string {
  if (bytes === null) return '?';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 2 ** (10 * power);
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[power] ?? ''}`;
}

/** UTC, to the second. */
function shortTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
}
