import type { DecisionContent } from '../../audit/index.js';
import { lineToAdd } from '../../policy/index.js';
import { verdictOf, type AttemptRow } from '../../review/index.js';
import type { Meaning } from '../../app/terminal/index.js';
import { sizeText } from '../../system/values/index.js';
import type { Cell } from '../console/index.js';

/** The column heads of a table of attempts. */
export const ATTEMPT_HEADS = ['received', 'verdict', 'client', 'request', 'why', 'outcome', 'attempt'] as const;

/** The widths of the columns where rows are printed one by one and cannot be measured beforehand. */
export const ATTEMPT_WIDTHS = [20, 8, 22, 44, 34, 24] as const;

/** What the colour of a verdict means. */
export const MEANINGS = {
  allowed: 'good',
  denied: 'bad',
  refused: 'warning',
  failed: 'warning',
} as const satisfies Record<DecisionContent['verdict'], Meaning>;

/** One attempt as the cells of a table's row. */
export function attemptCells(row: AttemptRow): readonly Cell[] {
  const { content } = row.decision;
  const { verdict } = verdictOf(row);
  return [
    { text: shortTime(row.lastReceived), meaning: 'quiet' },
    { text: verdict, meaning: MEANINGS[verdict] },
    clientText(content),
    requestText(content),
    whyText(row),
    row.count > 1 ? `${row.count} times since ${shortTime(row.firstReceived)}` : outcomeText(row),
    { text: content.attempt, meaning: 'quiet' },
  ];
}

/** One attempt as JSON: its verdict and the fields of its decision, then what was decided at first, and its end. */
export function attemptJson(row: AttemptRow): object {
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

/** What to change in a policy file so that what is (or would be) denied before its traffic passes. */
export function toAllow(content: DecisionContent): string | null {
  const { reason, would_deny: wouldDeny, client, destination, request, method, path, nearest, verdict } = content;
  if (destination === null) return null;
  const dropped = content.dropped ?? [];
  const passing = (content.resolved ?? []).filter((each) => !dropped.some(({ ip }) => ip === each));
  const line = lineToAdd({
    reason: verdict === 'denied' ? reason : wouldDeny,
    client: client.user === null ? { ip: client.ip } : { user: client.user },
    ...destination,
    kind: request === 'forward' ? 'forward' : 'tunnel',
    method: method ?? 'CONNECT',
    path: path ?? 'not_known',
    nearest,
    passing: verdict === 'denied' ? [] : passing,
    dropped,
  });
  return line === 'none' ? null : line;
}

/** The client: its user, if one was verified, and its address. */
export function clientText({ client }: DecisionContent): string {
  return client.user === null ? client.ip : `${client.user}@${client.ip}`;
}

/** The request: its method, and where to. */
export function requestText({ request, method, destination, path }: DecisionContent): string {
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

/** The denial that observe mode prevented, or `''`. */
export function wouldDenyText({ decision, outcome }: AttemptRow): string {
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
      return `${bytesText(sent)} out, ${bytesText(received)} in, ${ms === null ? '?' : `${ms / 1_000} s`}`;
    }
  }
}

function bytesText(bytes: number | null): string {
  return bytes === null ? '?' : sizeText(bytes);
}

/** UTC, to the second. */
function shortTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}Z`;
}
