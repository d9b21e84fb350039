import { isObject } from '../../system/values/index.js';
import { closeVerdict, decode, type CloseContent, type DecisionContent, type ReadRecord } from '../index.js';

/** One line of the journal, as far as formats need it. */
export interface Entry {
  readonly seq: number;
  /** UTC with milliseconds, as it stands in the line. */
  readonly time: string;
  /** The same for all lines of one run of tidegate. */
  readonly boot: string;
  readonly kind: string;
  readonly content: unknown;
  /** SHA-256 of the line's bytes (base64url): the record's id everywhere, the same however often it is sent. */
  readonly hash: string;
}

/** What a line does not say, and receivers want to know. */
export interface About {
  /** tidegate's version. */
  readonly version: string;
  /** Name of the machine that recorded, or `'not_known'`. */
  readonly host: string;
}

/** What every format says of a record, in words that do not depend on it. */
export interface Summary {
  /** What happened, as a word for machines: `attempt-denied`. */
  readonly action: string;
  readonly outcome: 'success' | 'failure' | 'unknown';
  readonly severity: 'informational' | 'low' | 'medium' | 'high';
  /** The same for people, in one sentence. */
  readonly message: string;
}

/** An entry with the record it holds: `foreign` is a line of the journal's own, `malformed` one that cannot be read. */
export interface SummarisedEntry extends Entry {
  readonly record: ReadRecord | { readonly kind: 'foreign' | 'malformed' };
  readonly summary: Summary;
}

/** Reads the record in an entry and summarises it. */
export function summarise(entry: Entry): SummarisedEntry {
  const decoded = decode(entry.kind, entry.content);
  const record = typeof decoded === 'string' ? { kind: decoded } : decoded;
  return { ...entry, record, summary: summaryOf(record, entry) };
}

function summaryOf(record: SummarisedEntry['record'], { kind, content }: Entry): Summary {
  switch (record.kind) {
    case 'malformed':
      return summary('record-unreadable', 'unknown', 'medium', `a ${kind} record is unreadable`);
    case 'foreign':
      return ofJournal(kind, content);
    case 'decision':
      return ofDecision(record.content);
    case 'close':
      return ofClose(record.content);
    case 'progress':
      return summary('attempt-progress', 'success', 'informational', 'attempt is still open');
    case 'policy': {
      const { outcome, revision } = record.content;
      return outcome === 'adopted'
        ? summary('policy-adopted', 'success', 'informational', `policy ${revision} is in force`)
        : summary('policy-rejected', 'failure', 'medium', `policy change rejected; ${revision} stays in force`);
    }
    case 'start':
      return summary('tidegate-started', 'success', 'informational', `tidegate ${record.content.version} started`);
    case 'stop': {
      const { cause, missing_ends: missing = 0 } = record.content;
      const message = `tidegate stopped: ${cause}`;
      if (missing === 0) return summary('tidegate-stopped', 'success', 'informational', message);
      const words = `${message}; ${missing ?? 'an unknown number of'} attempts without a recorded end`;
      return summary('tidegate-stopped', 'success', 'medium', words);
    }
    case 'admin': {
      const { action, detail } = record.content;
      return summary(`admin-${action.replaceAll('_', '-')}`, 'success', 'informational', `${action}: ${detail}`);
    }
  }
}

function ofDecision({ verdict, reason, would_deny: wouldDeny, ...content }: DecisionContent): Summary {
  const { destination, client } = content;
  const what = destination === null ? '' : ` ${hostText(destination.host)}:${destination.port}`;
  const why = reason === 'observed' ? `observed, would be denied: ${wouldDeny}` : reason;
  const message = (done: string): string => `${done}${what} for ${client.user ?? client.ip}: ${why}`;
  // Its connection may still fail, and its traffic be denied: the close has the final verdict.
  if (verdict === 'allowed') return summary('attempt-opened', 'unknown', 'informational', message('opened'));
  return summary(`attempt-${verdict}`, 'failure', SEVERITIES[verdict], message(verdict));
}

const SEVERITIES = { denied: 'medium', refused: 'low', failed: 'low' } as const;

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function ofClose(close: CloseContent): Summary {
  const { ended_by: endedBy, would_deny: wouldDeny = null } = close;
  const final = closeVerdict(close);
  if (final !== 'as_decided' && final.verdict !== 'allowed') {
    const { verdict, reason } = final;
    return summary(`attempt-${verdict}`, 'failure', SEVERITIES[verdict], `attempt ${verdict}: ${reason}`);
  }
  const observed = wouldDeny !== null && wouldDeny !== 'none';
  const message = `attempt ended: ${endedBy}${observed ? `; observed, would be denied: ${wouldDeny}` : ''}`;
  if (isUnknownEnd(endedBy)) return summary('attempt-allowed', 'unknown', 'medium', message);
  return summary('attempt-allowed', 'success', observed ? 'low' : 'informational', message);
}

/** Whether a close was written at the next start, by what was recorded before. */
export function isUnknownEnd(endedBy: string): boolean {
  return endedBy === 'crash' || endedBy === 'not_recorded';
}

/**
 * The verdict that a record gives as the final one: exactly one record of an attempt does. `'opened'`: a decision that
 * allows the connection, whose close will say.
 */
export function verdictIn(record: SummarisedEntry['record']): RecordVerdict {
  if (record.kind === 'decision') return record.content.verdict === 'allowed' ? 'opened' : record.content.verdict;
  if (record.kind !== 'close') return 'none';
  const final = closeVerdict(record.content);
  return final === 'as_decided' ? 'allowed' : final.verdict;
}

/** See {@link verdictIn}. */
export type RecordVerdict = DecisionContent['verdict'] | 'opened' | 'none';

/** Who one end of a tunnel was seen to be: a thumbprint or a fingerprint. */
export interface Identity {
  readonly fact: string;
  readonly seen: string;
  /** False where a probe saw it, and not this tunnel. */
  readonly inTunnel: boolean;
}

const IDENTITIES: readonly string[] = ['thumbprint', 'client_thumbprint', 'host_key'];

/** The identities in the checks of a close. */
export function identitiesIn({ checks, server_shown: shown }: CloseContent): readonly Identity[] {
  return (checks ?? []).flatMap(({ fact, seen }) => {
    if (seen === null || !IDENTITIES.includes(fact)) return [];
    return [{ fact, seen, inTunnel: fact === 'client_thumbprint' || shown !== 'probed' }];
  });
}

const JOURNAL: ReadonlyMap<string, Summary> = new Map([
  ['segment', summary('journal-segment', 'success', 'informational', 'the journal began a new segment')],
  ['checkpoint', summary('journal-checkpoint', 'success', 'informational', 'the journal is signed up to here')],
  ['retention', summary('journal-retention', 'success', 'low', 'old segments of the journal were removed')],
  [
    'recover',
    summary('journal-recover', 'success', 'medium', 'an unfinished batch was cut off the end of the journal'),
  ],
  ['gap', summary('journal-gap', 'failure', 'high', 'damage in the journal was accepted')],
]);

const HELD = 'removal of old records is held';

const CLOCK: ReadonlyMap<unknown, Summary> = new Map([
  ['jumped', summary('clock-jumped', 'unknown', 'medium', `the clock jumped; ${HELD}`)],
  [
    'far_at_start',
    summary('clock-far', 'unknown', 'medium', `the clock was far from the newest record at a start; ${HELD}`),
  ],
  ['released', summary('removal-released', 'success', 'low', 'an administrator released the removal of old records')],
  ['hold_ended', summary('removal-resumed', 'success', 'informational', 'removal of old records is no longer held')],
]);

function ofJournal(kind: string, content: unknown): Summary {
  const event = kind === 'clock' && isObject(content) ? CLOCK.get(content['event']) : undefined;
  const known = event ?? JOURNAL.get(kind);
  return known ?? summary(`other-${kind.replaceAll('_', '-')}`, 'unknown', 'informational', `${kind} record`);
}

function summary(action: string, outcome: Summary['outcome'], severity: Summary['severity'], message: string): Summary {
  return { action, outcome, severity, message };
}
