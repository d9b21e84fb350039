import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { generateKey, toSigningKey, type SigningKey, type VerifierKey } from './keys.js';

/** What reading a key file comes to. */
export type KeyReading =
  | { readonly kind: 'key'; readonly key: SigningKey }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly detail: string };

/** Others may not read it, and nobody but its owner may write it. A group may read: so secrets are often handed out. */
const FORBIDDEN_MODE = 0o027;

/** Reads a private key file, for signing under a name; `'own'`: the name that comes of the key itself. */
export async function readKeyFile(path: string, name: string): Promise<KeyReading> {
  try {
    const { mode } = await stat(path);
    if ((mode & FORBIDDEN_MODE) !== 0) {
      return { kind: 'unusable', detail: `its mode is 0${(mode & 0o777).toString(8)}, which lets others at it` };
    }
    const read = toSigningKey(await readFile(path, 'latin1'), name);
    return 'kind' in read ? { kind: 'unusable', detail: read.detail } : { kind: 'key', key: read };
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' ? { kind: 'absent' } : { kind: 'unusable', detail: `it cannot be read (${code})` };
  }
}

/** What making a key file comes to. */
export type Generated =
  | { readonly kind: 'key'; readonly key: SigningKey }
  | { readonly kind: 'exists' }
  | { readonly kind: 'unwritable'; readonly code: string };

/**
 * Makes a new key in a file of its own (0600) and its public side beside it, in `<path>.pub`. No file is overwritten.
 *
 * The file is there whole or not at all, whenever the machine stops.
 */
export async function generateKeyFile(path: string, name: string): Promise<Generated> {
  const pem = generateKey();
  const key = toSigningKey(pem, name);
  if ('kind' in key) throw new TypeError(key.detail);
  const beside = besides(path);
  try {
    await writeSynced(beside, pem, 0o600);
    try {
      // Unlike a rename, a link never takes the place of a file.
      await link(beside, path);
    } finally {
      await unlink(beside);
    }
    await writePublicKey(path, key);
    return { kind: 'key', key };
  } catch (error) {
    const code = codeOf(error);
    return code === 'EEXIST' ? { kind: 'exists' } : { kind: 'unwritable', code };
  }
}

/** Writes the public side of a private key file, as one line, to `<path>.pub`; an older one is replaced. */
export async function writePublicKey(path: string, { text }: VerifierKey): Promise<void> {
  const beside = besides(`${path}.pub`);
  await writeSynced(beside, `${text}\n`, 0o644);
  await rename(beside, `${path}.pub`);
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

function besides(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}.new`;
}

async function writeSynced(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  throw error;
}
