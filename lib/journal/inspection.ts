import { errorCode, errorMessage, sleep } from '../system/index.js';
import { lockHolder, type Held } from './disk/index.js';
import type { WritePosition } from './recovery/index.js';
import { readSigningKey } from './proof/index.js';
import { completeLocation, inspectEnd } from './opening.js';
import type { JournalLocation, JournalProblem } from './options.js';

/** A journal as it is found by somebody who only looks: who writes it, and how its end is. */
export interface Inspection {
  readonly kind: 'inspected';
  readonly holder: Held | 'free';
  /**
   * `empty`: no line yet. `sound`: each line of the last segment follows from the one before, up to `seq`; `signedSize` is
   * how many lines the newest checkpoint speaks of, and `unfinishedBytes` what stands behind the last whole line.
   */
  readonly end:
    | { readonly kind: 'empty' }
    | {
        readonly kind: 'sound';
        readonly segment: string;
        readonly seq: number;
        readonly signedSize: number;
        readonly unfinishedBytes: number;
      };
  /** Whether the key that signs on is there. `absent`: the first start makes it. */
  readonly key: 'ready' | 'absent';
}

/** Why writing could not go on here, or why it cannot be looked at: `code` is the system's, such as `ENOENT`. */
export type InspectionFailure =
  | Extract<JournalProblem, { readonly kind: 'damaged' | 'wrong_key' }>
  | { readonly kind: 'unreadable'; readonly directory: string; readonly code: string; readonly detail: string };

/** A writer that turns to a new segment, or compresses one, may be met in the middle of it. */
const LOOKS = 3;
const AGAIN_MS = 200;

/**
 * Looks at a journal as an opening would, and changes nothing, so that one that is being written is not disturbed. A fault
 * in a live journal counts only if it is still there when it is looked at again.
 */
export async function inspectJournal(given: JournalLocation): Promise<Inspection | InspectionFailure> {
  for (let look = 1; ; look += 1) {
    const found = await inspect(given);
    if (found.kind === 'inspected' || look === LOOKS) return found;
    await sleep(AGAIN_MS);
  }
}

async function inspect(given: JournalLocation): Promise<Inspection | InspectionFailure> {
  const location = completeLocation(given);
  const { directory } = location;
  try {
    const holder = await lockHolder(directory);
    const seen = await inspectEnd(location, readSigningKey);
    if (seen.kind !== 'seen') return seen;
    const { examined, key } = seen;
    const unfinished = examined.leftovers.reduce((sum, { torn }) => sum + torn.length, 0);
    return {
      kind: 'inspected',
      holder,
      end: examined.kind === 'empty' ? { kind: 'empty' } : soundEnd(examined.position, unfinished),
      key: key.kind === 'absent' ? 'absent' : 'ready',
    };
  } catch (error) {
    if (errorCode(error) === 'none') throw error;
    return { kind: 'unreadable', directory, code: errorCode(error), detail: errorMessage(error) };
  }
}

function soundEnd({ segment, last, tree }: WritePosition, unfinishedBytes: number): Inspection['end'] {
  const signedSize = tree.newest === 'none' ? 0 : tree.newest.checkpoint.size;
  return { kind: 'sound', segment: segment.name, seq: last.seq, signedSize, unfinishedBytes };
}
