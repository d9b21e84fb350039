import { encode, type Resolved, type Verdict } from '../../audit/index.js';
import type { Journal, JournalState, NotWritten } from '../../journal/index.js';
import type { Ground, Permit } from '../../policy/index.js';

/** What the private field below makes of every look-alike, even a copy with a part changed: another type. */
class WritableJournal {
  readonly kind = 'recordable';
  readonly #minted = true;

  static isReal(token: object): boolean {
    return #minted in token;
  }
}

class RecordedPermit {
  readonly kind = 'opened';
  readonly #permit: Permit;

  constructor(permit: Permit) {
    this.#permit = permit;
  }

  static permitOf(opened: RecordedPermit): Permit {
    return opened.#permit;
  }
}

/** The journal takes records now, so a name may be looked up (law 4). */
export type Recordable = WritableJournal;

/** A permit whose decision is on disk. The dial takes nothing else (law 4). */
export type Opened = RecordedPermit;

/** What an attempt's name resolved to, as far as its decision record says. */
export type Resolution = Pick<Resolved, 'addresses' | 'aliases'> | 'not_reached';

const WRITABLE = new WritableJournal();

/** Gives the token for a look-up if the journal takes records now, else why it does not. */
export function recordable(journal: Pick<Journal, 'state'>): Recordable | Exclude<JournalState, { kind: 'writing' }> {
  const state = journal.state();
  return state.kind === 'writing' ? WRITABLE : state;
}

/** Throws on anything that only looks like the token of {@link recordable}. */
export function checkRecordable(token: Recordable): void {
  if (!WritableJournal.isReal(token)) throw new Error('look-up without a writable journal');
}

/**
 * Appends the decision that a permit amounts to, and gives the token for the dial once it is on disk. The record is made
 * from the permit itself, so that one attempt's record can never open another's dial.
 */
export async function recordDecision(
  permit: Permit,
  resolution: Resolution,
  journal: Pick<Journal, 'append'>,
): Promise<Opened | NotWritten> {
  const { attempt, dropped, ground, revision } = permit;
  const entry = encode({
    kind: 'decision',
    id: attempt.id,
    receivedAt: attempt.receivedAt,
    client: attempt.client,
    claimedUserHash: 'none',
    destination: attempt.destination,
    intent: attempt.intent,
    recordPath: readsPaths(ground),
    resolved: resolution === 'not_reached' ? resolution : { ...resolution, dropped },
    verdict: verdictOf(ground),
    revision,
    status: 'none',
  });
  const written = await journal.append(entry);
  return written.kind === 'receipt' ? new RecordedPermit(permit) : written;
}

/** The permit that was recorded. Throws on anything that only looks like an {@link Opened}. */
export function permitOf(opened: Opened): Permit {
  return RecordedPermit.permitOf(opened);
}

function verdictOf(ground: Ground): Verdict {
  if (ground.kind === 'observed') {
    const { reason, nearest } = ground.wouldDeny;
    return { kind: 'allowed', rules: [], protocol: 'any', wouldDeny: { reason, nearest } };
  }
  return { kind: 'allowed', rules: ground.rules, protocol: ground.rules[0].protocol, wouldDeny: 'none' };
}

/** Whether a rule looks at paths: only then may a record hold one. */
function readsPaths(ground: Ground): boolean {
  return ground.kind === 'rules' && ground.rules.some((rule) => rule.readsPaths);
}
