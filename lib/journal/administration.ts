import { sleep } from '../system/index.js';
import {
  readHold,
  readRequest,
  removeRequest,
  Reserve,
  writeHold,
  WORKING,
  writeRequest,
  type Lock,
  type RemovalHold,
} from './disk/index.js';
import { BEFORE_FIRST, GAP_KIND, readLast, type Link } from './lines/index.js';
import { pendingFiles, setAside, type SideFile } from './recovery/index.js';
import { clockEntries, readEnd, readOpenableEnd, startWriter, withLock, type JournalEnd } from './opening.js';
import { checkStartClock, releaseOf } from './retention/index.js';
import { complete, type JournalLocation, type JournalOptions, type JournalProblem } from './options.js';
import { readOrCreateKey, readSuccessorKey, writePublicKey, type Signers } from './proof/index.js';
import type { Entry } from './writer/index.js';

/** What was recorded when damage was accepted. */
export interface GapAccepted {
  readonly kind: 'gap_accepted';
  /** The last good line's number: the line that records the gap comes next. */
  readonly lastSeq: number;
  /** The damaged lines, and all after them: files in the journal's directory. */
  readonly files: readonly SideFile[];
}

/** A journal, and for how long its lines are kept, which says how far its clock may be from its newest line. */
type KeptJournal = JournalLocation & Pick<JournalOptions, 'keepMs'>;

/** The person who gives an order, and the reason. */
export type Acceptance = KeptJournal & { readonly by: string; readonly reason: string };

/**
 * Lets a damaged journal continue from its last good line. The damaged lines, and all after them, are moved into side
 * files, and a line of the kind `gap`, with a checkpoint after it, names them, the person and the reason.
 *
 * If it is interrupted, the journal does not open until it is done again.
 */
export async function acceptGap({
  by,
  reason,
  ...location
}: Acceptance): Promise<GapAccepted | { readonly kind: 'no_damage' } | JournalProblem> {
  const options = complete(location);
  return withLock<GapAccepted | { readonly kind: 'no_damage' }>(options, async (lock) => {
    const found = await setAllAside(options);
    if (found.kind !== 'found') return found;
    const files = await pendingFiles(options.directory, options.disk, 'gap');
    if (files.length === 0) return { kind: 'no_damage' };
    const last = found.position === 'none' ? BEFORE_FIRST : found.position.last;
    if (!(await isRecorded(options.directory, files))) {
      const problem = await writeOnce(options, lock, found, [found.key.key], [gapEntry(last, files, by, reason)]);
      if (problem !== 'none') return problem;
    }
    for (const { recorded } of files) await recorded();
    return { kind: 'gap_accepted', lastSeq: last.seq, files };
  });
}

/** Moves damage into side files until none is left: before one damaged line there may be an older one. */
async function setAllAside(options: Required<JournalOptions>): Promise<JournalEnd | JournalProblem> {
  for (;;) {
    const found = await readEnd(options, readOrCreateKey);
    if (found.kind !== 'damaged') return found;
    if ((await setAside(options.directory, options.disk, found)) === 'nothing_good') {
      const remedy = 'no good line is left to continue from: move the directory away to begin a new journal';
      return { ...found, remedy };
    }
  }
}

/** Whether an earlier try, interrupted later, has written the line already. */
async function isRecorded(directory: string, files: readonly SideFile[]): Promise<boolean> {
  const recorded: string[] = [];
  for (const line of await readLast(directory, 10)) {
    if (line.read === 'line' && line.kind === GAP_KIND) recorded.push(JSON.stringify(line.content));
  }
  return files.every(({ file }) => recorded.some((content) => content.includes(file)));
}

function gapEntry(last: Link, files: readonly SideFile[], by: string, reason: string): Entry {
  const readable = files.map(({ readableSeq }) => readableSeq).filter((seq) => seq !== 'none');
  return {
    kind: GAP_KIND,
    content: {
      last_seq: last.seq,
      last_hash: last.hash,
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      lines: files.reduce((sum, { lines }) => sum + lines, 0),
      readable_seq: readable.length === 0 ? null : Math.min(...readable),
      by,
      reason,
      files: files.map(({ file, segment, offset, bytes, sha256 }) => ({ file, segment, offset, bytes, sha256 })),
    },
  };
}

/** The public keys, as verifiers take them, after a rotation. */
export interface KeyRotated {
  readonly kind: 'rotated';
  readonly from: string;
  readonly to: string;
}

/**
 * Rotates the signing key of a journal: writes a checkpoint that the old key and the new one sign. From then on the journal
 * opens with the new key only.
 */
export async function rotateKey({
  newKeyFile,
  ...location
}: KeptJournal & { readonly newKeyFile: string }): Promise<KeyRotated | JournalProblem> {
  const options = complete(location);
  return withLock<KeyRotated>(options, async (lock) => {
    const found = await readOpenableEnd(options);
    if (found.kind !== 'found') return found;
    const { key: old } = found.key;
    const next = await readSuccessorKey(newKeyFile, old);
    if (next.kind === 'bad_signature') throw new Error(next.detail);
    if (next.kind === 'wrong_key') return { ...next, directory: options.directory, keyFile: newKeyFile };
    const problem = await writeOnce(options, lock, found, [old, next.key], []);
    if (problem !== 'none') return problem;
    // It was created under another name; from now on it signs under the journal's.
    await writePublicKey(newKeyFile, next.key);
    return { kind: 'rotated', from: old.text, to: next.key.text };
  });
}

/** The result of an order to release a hold on removal, but for problems with the journal. */
export type Released =
  | { readonly kind: 'released'; readonly hold: RemovalHold }
  | { readonly kind: 'not_held' }
  /** The clock has jumped again since the order was given. */
  | { readonly kind: 'held_again'; readonly hold: RemovalHold }
  /** The process that writes the journal did not take the order. */
  | { readonly kind: 'not_taken' };

/**
 * Releases the hold that keeps segments from being removed for their age, and records who did. A running process is left the
 * order in a file, and carries it out; otherwise it is done here.
 */
export async function releaseRemoval({ by, reason, ...location }: Acceptance): Promise<Released | JournalProblem> {
  const options = complete(location);
  const hold = await readHold(options.directory);
  if (hold === 'none') return { kind: 'not_held' };
  const done = await withLock<Released>(options, async (lock) => {
    const found = await readOpenableEnd(options);
    if (found.kind !== 'found') return found;
    // Not the check of the clock: that it is right is what the order says.
    const problem = await writeLines(options, lock, found, [found.key.key], clockEntries([releaseOf(by, reason)]));
    if (problem !== 'none') return problem;
    await writeHold(options.disk, options.directory, 'none');
    return { kind: 'released', hold };
  });
  return done.kind === 'locked' ? leaveOrder(options, hold, by, reason) : done;
}

const ORDER_MS = 10_000;
const ASK_MS = 100;

async function leaveOrder(
  { directory, disk }: Required<JournalOptions>,
  hold: RemovalHold,
  by: string,
  reason: string,
): Promise<Released> {
  await writeRequest(disk, directory, { since: hold.since, by, reason });
  for (let waited = 0; waited < ORDER_MS && (await readRequest(directory)) !== 'none'; waited += ASK_MS) {
    await sleep(ASK_MS);
  }
  await removeRequest(disk, directory);
  const now = await readHold(directory);
  if (now === 'none') return { kind: 'released', hold };
  return now.since === hold.since ? { kind: 'not_taken' } : { kind: 'held_again', hold: now };
}

/** The same as {@link writeLines}, after the clock has been held against the newest line: these lines are newer. */
async function writeOnce(
  options: Required<JournalOptions>,
  lock: Lock,
  found: JournalEnd,
  signers: Signers,
  entries: readonly Entry[],
): Promise<JournalProblem | 'none'> {
  const { events } = await checkStartClock(options);
  return writeLines(options, lock, found, signers, [...entries, ...clockEntries(events)]);
}

/** Opens a journal, writes entries and a checkpoint after them, and closes it. */
async function writeLines(
  options: Required<JournalOptions>,
  lock: Lock,
  found: JournalEnd,
  signers: Signers,
  entries: readonly Entry[],
): Promise<JournalProblem | 'none'> {
  const parts = {
    reserve: new Reserve(options.disk, options.directory, 0),
    lock,
    onRotated: () => undefined,
    maintenance: () => WORKING,
    removalHold: () => 'none' as const,
  };
  const once = { ...options, segmentBytes: Infinity, checkpointLines: Infinity };
  const writer = await startWriter(once, found, signers, parts, entries);
  if (writer.kind !== 'writer') return writer;
  await writer.close();
  return 'none';
}
