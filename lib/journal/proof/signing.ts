import { remedyFor } from '../../system/index.js';
import { checkpointContent, checkpointText, type SignedCheckpoint } from './checkpoint.js';
import { generateKeyFile, type KeyReading, readKeyFile } from './key-files.js';
import type { SigningKey } from './keys.js';
import { judgeNote, signNote } from './note.js';
import { rootOf, type CompactRange } from './tree.js';

/** Those who sign, in this order: one key, or two when the second takes over. */
export type Signers = readonly [SigningKey, ...SigningKey[]];

/** What a checkpoint is about: the lines up to one, and when. */
interface Subject {
  readonly range: CompactRange;
  /** The hash of the last line. */
  readonly hash: string;
  readonly time: string;
}

/** Signs a checkpoint; gives the note, and the content of its line. */
export function signCheckpoint(
  signers: Signers,
  { range, hash, time }: Subject,
): { readonly note: string; readonly content: ReturnType<typeof checkpointContent> } {
  const [{ name: origin, text: own }] = signers;
  // The last one signs from now on: where another takes over, what both sign names it.
  const key = signers.at(-1)?.text ?? own;
  const text = checkpointText({ origin, size: range.size, root: rootOf(range), chain: hash, time, key });
  const note = signNote(text, ...signers);
  return { note, content: checkpointContent(note, range) };
}

/** The key that may continue to sign, or why there is none. */
export type KeyFound =
  | { readonly kind: 'key'; readonly key: SigningKey }
  | { readonly kind: 'wrong_key'; readonly detail: string; readonly remedy: string }
  | { readonly kind: 'bad_signature'; readonly detail: string };

/**
 * Reads the key that is to sign on from a journal's newest checkpoint: it must be the one that signed it last. A journal
 * without a checkpoint takes any key, also one that is not there yet (`absent`). Makes nothing.
 */
export async function readSigningKey(
  keyFile: string,
  newest: SignedCheckpoint | 'none',
): Promise<KeyFound | { readonly kind: 'absent' }> {
  const read = await readKeyFile(keyFile, newest === 'none' ? 'own' : newest.checkpoint.origin);
  if (read.kind === 'unusable') return unusable(keyFile, read);
  if (read.kind === 'key') return newest === 'none' ? read : mayFollow(read.key, newest, keyFile);
  if (newest === 'none') return read;
  return wrong(`no signing key in ${keyFile}, but the journal is signed`, BRING);
}

/** The same, and makes the key where there is to be one. Throws the system's error if it cannot be made. */
export async function readOrCreateKey(keyFile: string, newest: SignedCheckpoint | 'none'): Promise<KeyFound> {
  const found = await readSigningKey(keyFile, newest);
  if (found.kind !== 'absent') return found;
  const made = await generateKeyFile(keyFile, 'own');
  if (made.kind === 'key') return made;
  // Somebody made one at the same moment.
  if (made.kind === 'exists') return readOrCreateKey(keyFile, newest);
  // Not a fault of the configuration, as a wrong key is: on a full disk it goes away by itself.
  throw Object.assign(new Error(`cannot create the signing key ${keyFile} (${made.code})`), { code: made.code });
}

/** Reads the key that is to take over. */
export async function readSuccessorKey(keyFile: string, old: SigningKey): Promise<KeyFound> {
  const read = await readKeyFile(keyFile, old.name);
  if (read.kind === 'absent') return wrong(`no signing key in ${keyFile}`, 'create one with tidegate audit keygen');
  if (read.kind === 'unusable') return unusable(keyFile, read);
  if (read.key.text !== old.text) return read;
  return wrong(`the key in ${keyFile} is already in use`, 'create a new one with tidegate audit keygen');
}

const KEY_REMEDY =
  'use an Ed25519 key in PKCS#8 PEM that only this user may read; create one with tidegate audit keygen';
const BRING =
  'restore the key from its backup, or set journal.key to its file; without it, move the directory away to begin a new journal';

function mayFollow(key: SigningKey, newest: SignedCheckpoint, keyFile: string): KeyFound {
  if (newest.checkpoint.key !== key.text) {
    return wrong(
      `the key in ${keyFile} is ${key.text}, but the newest checkpoint names ${newest.checkpoint.key} as the signing key`,
      'set journal.key to the file of that key; to change keys, use tidegate audit rotate-key',
    );
  }
  if (judgeNote(newest.note, key) === 'signed') return { kind: 'key', key };
  return { kind: 'bad_signature', detail: `its note has no valid signature by the key ${key.text}` };
}

function unusable(keyFile: string, { detail, code }: Extract<KeyReading, { readonly kind: 'unusable' }>): KeyFound {
  return wrong(`unusable signing key in ${keyFile}: ${detail}`, remedyFor(code, KEY_REMEDY));
}

function wrong(detail: string, remedy: string): KeyFound {
  return { kind: 'wrong_key', detail, remedy };
}
