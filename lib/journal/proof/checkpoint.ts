import { parseVerifierKey } from './keys.js';
import { parseNote, type Note } from './note.js';
import { isHash, peaksOf, rangeOf, rootOf, type CompactRange, type Hash } from './tree.js';

/** What a checkpoint says of a log. */
export interface Checkpoint {
  /** The log's name, the same for its whole life. */
  readonly origin: string;
  /** How many lines there are. */
  readonly size: number;
  /** The root of the tree over them. */
  readonly root: Hash;
  /** The hash of the last one, as the next line's `prev` has it: base64url. */
  readonly chain: string;
  /** When: UTC with milliseconds. */
  readonly time: string;
  /**
   * The key that signs from here on, as `VerifierKey.text` gives it: where another one takes over, the new one.
   *
   * It is part of what is signed, so that a new key is introduced by the old one, and not by anyone who adds a signature.
   */
  readonly key: string;
}

/** Gives the text to be signed: a C2SP checkpoint with three extension lines. */
export function checkpointText({ origin, size, root, chain, time, key }: Checkpoint): string {
  return `${origin}\n${size}\n${root}\nchain ${chain}\ntime ${time}\nkey ${key}\n`;
}

const TEXT =
  /^([^\n]+)\n(0|[1-9]\d{0,15})\n([^\n]{44})\nchain ([A-Za-z0-9_-]{43})\ntime (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\nkey ([^\n]+)\n$/;

/** Reads what {@link checkpointText} wrote, and nothing else. */
export function parseCheckpoint(text: string): Checkpoint | 'malformed' {
  const [, origin, size, root, chain, time, key] = TEXT.exec(text) ?? [];
  if (origin === undefined || chain === undefined || time === undefined || !isHash(root)) return 'malformed';
  if (key === undefined || parseVerifierKey(key) === 'malformed' || !Number.isSafeInteger(Number(size)))
    return 'malformed';
  return { origin, size: Number(size), root, chain, time, key };
}

/** A checkpoint as a line carries it: the note, what it says, and the range from which the tree grows on. */
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
  readonly range: CompactRange;
}

/** Gives the content of a checkpoint's line: the whole note, and the peaks of the tree that it speaks of. */
export function checkpointContent(
  note: string,
  range: CompactRange,
): { readonly note: string; readonly range: readonly Hash[] } {
  return { note, range: peaksOf(range) };
}

/** A checkpoint's line read back. `wrong_root`: its range is not that of the tree in its note. */
type CheckpointReading =
  | ({ readonly kind: 'whole' } & SignedCheckpoint)
  | { readonly kind: 'malformed' | 'wrong_root'; readonly detail: string };

/** Reads what {@link checkpointContent} gave. Its signer is not checked: `judgeNote` does. */
export function readCheckpointContent(content: { readonly [key: string]: unknown }): CheckpointReading {
  const { note: whole, range: peaks } = content;
  if (typeof whole !== 'string' || !Array.isArray(peaks)) return malformed('it has no note and range');
  const read = parseNote(whole);
  if (read.kind === 'malformed') return malformed(`its note ${read.detail}`);
  const checkpoint = parseCheckpoint(read.note.text);
  if (checkpoint === 'malformed') return malformed('its note is not a checkpoint');
  const range = rangeOf(checkpoint.size, peaks);
  if (range === 'malformed') return malformed(`its range is not that of ${checkpoint.size} lines`);
  if (rootOf(range) !== checkpoint.root) return { kind: 'wrong_root', detail: 'its range does not match its root' };
  return { kind: 'whole', checkpoint, note: read.note, range };
}

function malformed(detail: string): CheckpointReading {
  return { kind: 'malformed', detail };
}
