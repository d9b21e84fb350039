import { DENIAL_REASONS, FAILURE_CODES, decode } from '../index.js';
import type { CloseContent, DecisionContent, ReadRecord } from '../index.js';
import type { Entry } from './entry.js';

/** What every format says of a record, in words that do not depend on it. */
export interface Telling {
  /** What happened, as a word for machines: `attempt-denied`. */
  readonly action: string;
  readonly outcome: 'success' | 'failure' | 'unknown';
  readonly severity: 'informational' | 'low' | 'medium' | 'high';
  /** The same for people, in one sentence. */
  readonly message: string;
}

/** An entry with the record it holds: `foreign` is a line of the journal's own, `malformed` one that cannot be read. */
export interface Told extends Entry {
  readonly record: ReadRecord | 'foreign' | 'malformed';
  readonly telling: Telling;
}

/** Reads the record in an entry and says what it tells. */
export function tell(entry: Entry): Told {
  const record = decode(entry.kind, entry.content);
  return { ...entry, record, telling: tellingOf(record, entry.kind) };
}

function tellingOf(record: Told['record'], kind: string): Telling {
  if (record === 'malformed')
    return telling('record-unreadable', 'unknown', 'medium', `a ${kind} record is unreadable`);
  if (record === 'foreign') return ofJournal(kind);
  switch (record.kind) {
    case 'decision':
      return ofDecision(record.content);
    case 'close':
      return ofClose(record.content);
    case 'progress':
      return telling('attempt-progress', 'success', 'informational', 'attempt goes on');
    case 'policy': {
      const { outcome, revision } = record.content;
      return outcome === 'adopted'
        ? telling('policy-adopted', 'success', 'informational', `policy ${revision} is in force`)
        : telling('policy-rejected', 'failure', 'medium', `a policy change has problems; ${revision} stays in force`);
    }
    case 'start':
      return telling('tidegate-started', 'success', 'informational', `tidegate ${record.content.version} started`);
    case 'stop':
      return telling('tidegate-stopped', 'success', 'informational', `tidegate stopped: ${record.content.cause}`);
    case 'admin': {
      const { action, detail } = record.content;
      return telling(`admin-${action.replaceAll('_', '-')}`, 'success', 'informational', `${action}: ${detail}`);
    }
  }
}

function ofDecision({ verdict, reason, would_deny: wouldDeny, ...content }: DecisionContent): Telling {
  const { destination, client } = content;
  const what = destination === null ? '' : ` ${hostText(destination.host)}:${destination.port}`;
  const why = reason === 'observed' ? `observed, would be denied: ${wouldDeny}` : reason;
  const message = `${verdict}${what} for ${client.user ?? client.ip}: ${why}`;
  if (verdict === 'allowed') return telling('attempt-allowed', 'success', 'informational', message);
  return telling(`attempt-${verdict}`, 'failure', verdict === 'denied' ? 'medium' : 'low', message);
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function ofClose({ ended_by: endedBy, would_deny: wouldDeny = null }: CloseContent): Telling {
  const observed = wouldDeny !== null && wouldDeny !== 'none';
  const message = `attempt ended: ${endedBy}${observed ? `; observed, would be denied: ${wouldDeny}` : ''}`;
  if (endedBy === 'crash') return telling('attempt-closed', 'unknown', 'medium', message);
  if (Object.hasOwn(DENIAL_REASONS, endedBy)) return telling('attempt-closed', 'failure', 'medium', message);
  if (Object.hasOwn(FAILURE_CODES, endedBy)) return telling('attempt-closed', 'failure', 'low', message);
  return telling('attempt-closed', 'success', observed ? 'low' : 'informational', message);
}

/** Who one end of a tunnel was seen to be: a thumbprint or a fingerprint. */
export interface Identity {
  readonly fact: string;
  readonly seen: string;
  /** False where tidegate's own handshake saw it, and not this tunnel. */
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

const JOURNAL: ReadonlyMap<string, Telling> = new Map([
  ['segment', telling('journal-segment', 'success', 'informational', 'the journal began a new segment')],
  ['checkpoint', telling('journal-checkpoint', 'success', 'informational', 'the journal was signed up to here')],
  ['retention', telling('journal-retention', 'success', 'low', 'old segments of the journal were removed')],
  ['recover', telling('journal-recover', 'success', 'medium', 'an unfinished end was cut off the journal')],
  ['gap', telling('journal-gap', 'failure', 'high', 'damage in the journal was accepted')],
]);

function ofJournal(kind: string): Telling {
  const known = JOURNAL.get(kind);
  return known ?? telling(`other-${kind.replaceAll('_', '-')}`, 'unknown', 'informational', `${kind} record`);
}

function telling(action: string, outcome: Telling['outcome'], severity: Telling['severity'], message: string): Telling {
  return { action, outcome, severity, message };
}
