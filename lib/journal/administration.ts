import { Reserve } from './disk/index.js';
import { BEFORE_FIRST, GAP_KIND, readLast } from './lines/index.js';
import { pendingFiles, setAside, type SideFile } from './recovery/index.js';
import {
  completeLocation,
  readEnd,
  readOpenableEnd,
  openWriter,
  unwritable,
  withLock,
  writeFirstLines,
  type JournalEnd,
  type CompleteLocation,
} from './opening.js';
import { readSuccessorKey, writePublicKey, type Signers } from './proof/index.js';
import type { JournalLocation, JournalProblem } from './options.js';
import type { Entry, NotWritten } from './writer/index.js';

/** What went into the journal when damage was accepted. */
export interface GapAccepted {
  readonly kind: 'gap_accepted';
  /** The last good line's number: the line that records the gap comes next. */
  readonly lastSeq: number;
  /** What was damaged, and all that stood behind it: files in the journal's directory. */
  readonly files: readonly SideFile[];
}

/** Who accepts damage, and why. */
export interface Acceptance extends JournalLocation {
  readonly by: string;
  readonly reason: string;
}

/**
 * Lets a damaged journal go on from its last good line. What is damaged, and all that stands behind it, is moved into side
 * files, and a line of the kind `gap`, with a checkpoint after it, names them, the person and the reason.
 *
 * If it is cut short, the journal does not open until it is done again.
 */
export async function acceptGap({
  by,
  reason,
  ...options
}: Acceptance): Promise<GapAccepted | { readonly kind: 'no_damage' } | JournalProblem> {
  const location = completeLocation(options);
  return withLock<GapAccepted | { readonly kind: 'no_damage' }>(
    location,
    async () => {
      const found = await setAllAside(location);
      if (found.kind !== 'found') return found;
      const files = await pendingFiles(location.directory, location.disk, 'gap');
      if (files.length === 0) return { kind: 'no_damage' };
      const last = found.examined.kind === 'empty' ? BEFORE_FIRST : found.examined.position.last;
      if (!(await isRecorded(location, files))) {
        const refused = await writeOnce(location, found, [found.key], [gapEntry(last, files, by, reason)]);
        if (refused !== 'none') return notWritten(location, refused);
      }
      for (const { recorded } of files) await recorded();
      return { kind: 'gap_accepted', lastSeq: last.seq, files };
    },
    () => false,
  );
}

/** Takes out what is damaged until nothing is: behind one damage there may stand an older one. */
async function setAllAside(location: CompleteLocation): Promise<JournalEnd | JournalProblem> {
  for (;;) {
    const found = await readEnd(location);
    if (found.kind !== 'damaged') return found;
    if ((await setAside(location.directory, location.disk, found)) === 'nothing_good') {
      return {
        ...found,
        remedy: 'no good line is left to continue from: move the directory away to begin a new journal',
      };
    }
  }
}

/** Whether the line was written already, by an earlier try that was cut short behind it. */
async function isRecorded({ directory }: CompleteLocation, files: readonly SideFile[]): Promise<boolean> {
  const recorded: string[] = [];
  for (const line of await readLast(directory, 10)) {
    if (line.read === 'line' && line.kind === GAP_KIND) recorded.push(JSON.stringify(line.content));
  }
  return files.every(({ file }) => recorded.some((content) => content.includes(file)));
}

function gapEntry(
  last: { readonly seq: number; readonly hash: string },
  files: readonly SideFile[],
  by: string,
  reason: string,
): Entry {
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

/** A key that took over from another. */
export interface KeyRotated {
  readonly kind: 'rotated';
  /** The public keys, as verifiers take them. */
  readonly from: string;
  readonly to: string;
}

/**
 * Hands a journal over to another key: writes a checkpoint that the old key signs, and the new one too. From then on the
 * journal opens with the new key only.
 */
export async function rotateKey({
  newKeyFile,
  ...options
}: JournalLocation & { readonly newKeyFile: string }): Promise<KeyRotated | JournalProblem> {
  const location = completeLocation(options);
  return withLock<KeyRotated>(
    location,
    async () => {
      const found = await readOpenableEnd(location);
      if (found.kind !== 'found') return found;
      const next = await readSuccessorKey(newKeyFile, found.key);
      if (next.kind === 'bad_signature') throw new Error(next.detail);
      if (next.kind === 'wrong_key') return { ...next, directory: location.directory, keyFile: newKeyFile };
      const refused = await writeOnce(location, found, [found.key, next.key], []);
      if (refused !== 'none') return notWritten(location, refused);
      // It was made under another name; from here on it signs under the journal's.
      await writePublicKey(newKeyFile, next.key);
      return { kind: 'rotated', from: found.key.text, to: next.key.text };
    },
    () => false,
  );
}

/** Opens a journal, writes its first lines with a checkpoint behind them, and closes it. */
async function writeOnce(
  location: CompleteLocation,
  found: JournalEnd,
  signers: Signers,
  entries: readonly Entry[],
): Promise<NotWritten | 'none'> {
  const settings = {
    segmentBytes: Infinity,
    waitingBytes: Infinity,
    retryMs: 250,
    checkpointLines: Infinity,
    reserve: new Reserve(location.disk, location.directory, 0),
  };
  const writer = await openWriter(location, found, signers, settings, {
    onFailed: () => undefined,
    onCheckpoint: () => undefined,
    onRotated: () => undefined,
    maintenanceProblem: () => 'none',
  });
  const refused = await writeFirstLines(location, writer, found, entries);
  await writer.close();
  return refused;
}

function notWritten({ directory }: CompleteLocation, refused: NotWritten): JournalProblem {
  return unwritable(directory, refused.reason === 'full' ? 'ENOSPC' : 'EIO', refused.detail);
}
