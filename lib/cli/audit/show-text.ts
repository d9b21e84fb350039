import type { DecisionContent, ReadRecord } from '../../audit/index.js';
import { verdictOf, type AttemptLookup, type AttemptRow, type ShownRecord } from '../../review/index.js';
import { clientText, MEANINGS, requestText, toAllow, wouldDenyText } from './attempt-text.js';
import { checkTexts } from './check-text.js';
import type { NearestNow } from './nearest-now.js';
import { coloured, printable } from '../../app/terminal/index.js';
import { labelled, styleOf, type LabelledLine } from '../console/index.js';

type Shown = Extract<AttemptLookup, { kind: 'attempt' }>;

/** All that is known of an attempt: its final verdict and what would allow it, then its records. */
export function shownText({ id, row, records }: Shown, now: NearestNow | 'not_known'): string {
  const head = row === 'no_decision' ? withoutDecision(id) : summaryText(id, row, now);
  return [head, ...records.map(recordText)].join('\n\n');
}

function withoutDecision(id: string): string {
  return `verdict not known: no readable decision of attempt ${id} is in the journal`;
}

const LABEL_WIDTH = 14;

function summaryText(id: string, row: AttemptRow, now: NearestNow | 'not_known'): string {
  const { content } = row.decision;
  const lines: readonly LabelledLine[] = [
    ['attempt', id],
    ['received', content.received],
    ['client', clientText(content)],
    ['request', requestText(content)],
    ...decidedLines(row),
    ...nearestLines(content),
    ...(now === 'not_known' ? [] : nowLines(content, now)),
    ...toAllowLines(content),
  ];
  return [verdictText(row), ...labelled(lines, LABEL_WIDTH)].join('\n');
}

/** The one final verdict, or of an attempt that is open the one so far. */
function verdictText(row: AttemptRow): string {
  const { verdict, reason } = verdictOf(row);
  const shown = coloured(verdict, MEANINGS[verdict], styleOf(process.stdout));
  const soFar = row.outcome.kind === 'open' ? ' so far (no end is recorded)' : '';
  const observed = wouldDenyText(row);
  return `${shown}${soFar}: ${printable(reason)}${observed === '' ? '' : `; ${printable(observed)}`}`;
}

/** What was decided before the dial, where the end is another. */
function decidedLines(row: AttemptRow): readonly LabelledLine[] {
  const { verdict, reason } = row.decision.content;
  const isFinal = verdictOf(row).verdict === verdict;
  return isFinal ? [] : [['decided', `${verdict} (${reason}), before the dial`]];
}

function nearestLines(content: DecisionContent): readonly LabelledLine[] {
  const { verdict, reason, would_deny: wouldDeny, nearest, rule, destination } = content;
  const why = verdict === 'denied' ? reason : wouldDeny;
  if (why === 'none' || destination === null) return [];
  if (why === 'destination_denied' || why === 'address_denied') {
    return rule === null ? [] : [['deny entry', `${ruleText(rule)}: it outweighs every rule`]];
  }
  if (nearest.length === 0) return [['nearest rules', 'none listed the destination for this client']];
  return nearest.map((near, index) => [index === 0 ? 'nearest rules' : '', `${ruleText(near)}: ${near.failed}`]);
}

function ruleText({ policy, id, file, line }: NonNullable<DecisionContent['rule']>): string {
  return `${policy}/${id} (${file}:${line})`;
}

/** The rules of today that come nearest, with the facts that do not hold. */
function nowLines({ revision }: DecisionContent, now: NearestNow): readonly LabelledLine[] {
  const when = now.revision === revision ? 'the same policies' : 'the policies of today, which are others';
  if (now.passes) {
    return [['now', `passes by ${now.rules.map(({ rule }) => ruleText(rule)).join(', ')}, in ${when}`]];
  }
  const rules = now.rules.map(({ rule, failed }): LabelledLine => {
    return ['', `${ruleText(rule)}: ${failed === 'none' ? 'holds' : failed.words}`];
  });
  return rules.length === 0 ? [] : [['', `the nearest of the others, in ${when}:`], ...rules];
}

function toAllowLines(content: DecisionContent): readonly LabelledLine[] {
  const line = toAllow(content);
  return line === null ? [] : [['to allow it', line]];
}

/** A record of an attempt, field by field, and the state of the hash chain after its line. */
function recordText(shown: ShownRecord): string {
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
  return kind === 'close' ? [...lines, ...checkTexts(content)] : lines;
}
