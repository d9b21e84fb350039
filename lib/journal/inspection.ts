import { errorCode, errorMessage, sleep } from '../system/index.js';
import { lockHolder, type Held } from './disk/index.js';
import { readSigningKey } from './proof/index.js';
import { readEnd } from './opening.js';
import { complete, type JournalLocation, type JournalProblem } from './options.js';

/** The holder of a journal's lock, and the state of the journal's end. */
export interface Inspection {
  readonly kind: 'inspected';
  readonly holder: Held | 'free';
  /**
   * `empty`: no line yet. `sound`: each line of the last segment follows from the one before, up to `seq`; `signedSize` is
   * how many lines the newest checkpoint covers, and `unfinishedBytes` what is after the last whole line.
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
  /** Whether the signing key exists. `absent`: the first start creates it. */
  readonly key: 'ready' | 'absent';
}

/** Why a journal could not be continued, or not be read: `code` is the system's, such as `ENOENT`. */
export type InspectionFailure =
  | Extract<JournalProblem, { readonly kind: 'damaged' | 'wrong_key' | 'newer_format' }>
  | { readonly kind: 'unreadable'; readonly directory: string; readonly code: string; readonly detail: string };

/** A writer may be turning to a new segment, or compressing one, during a try. */
const TRIES = 3;
const RETRY_MS = 200;

/**
 * Inspects a journal as an opening would, without any change, so that a journal being written is not disturbed. A fault in a
 * live journal counts only if it is still there at the last try.
 */
export async function inspectJournal(location: JournalLocation): Promise<Inspection | InspectionFailure> {
  for (let tries = 1; ; tries += 1) {
    const found = await inspect(location);
    if (found.kind === 'inspected' || tries === TRIES) return found;
    await sleep(RETRY_MS);
  }
}

async function inspect(location: JournalLocation): Promise<Inspection | InspectionFailure> {
  const options = complete(location);
  const { directory } = options;
  try {
    const holder = await lockHolder(directory);
    const found = await readEnd(options, readSigningKey);
    if (found.kind !== 'found') return found;
    const key = found.key.kind === 'absent' ? 'absent' : 'ready';
    if (found.position === 'none') return { kind: 'inspected', holder, end: { kind: 'empty' }, key };
    const { segment, last, tree } = found.position;
    const signedSize = tree.newest === 'none' ? 0 : tree.newest.checkpoint.size;
    const unfinishedBytes = found.leftovers.reduce((sum, { torn }) => sum + torn.length, 0);
    const end = { kind: 'sound', segment: segment.name, seq: last.seq, signedSize, unfinishedBytes } as const;
    return { kind: 'inspected', holder, end, key };
  } catch (error) {
    if (errorCode(error) === 'none') throw error;
    return { kind: 'unreadable', directory, code: errorCode(error), detail: errorMessage(error) };
  }
}
