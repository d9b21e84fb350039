import { rm } from 'node:fs/promises';
import { beginDurableWrite, errorReason, readPrivately, replaceDurably } from '../../system/index.js';
import { generateKey, toSigningKey, type SigningKey, type VerifierKey } from './keys.js';

/** The result of reading a key file. `code` is the system's where the file could not be read, else `'none'`. */
export type KeyReading =
  | { readonly kind: 'key'; readonly key: SigningKey }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly detail: string; readonly code: string };

/** Others may not read it, and only its owner may write it. A group may read: so secrets are often handed out. */
const FORBIDDEN_MODE = 0o027;
const MOST_BYTES = 16 * 1024;

/** Reads a private key file, for signing under a name; `'own'`: the name that comes of the key itself. */
export async function readKeyFile(path: string, name: string): Promise<KeyReading> {
  const read = await readPrivately(path, MOST_BYTES, FORBIDDEN_MODE);
  switch (read.kind) {
    case 'bytes': {
      const key = toSigningKey(read.bytes.toString('latin1'), name);
      return 'kind' in key ? unusable(key.detail) : { kind: 'key', key };
    }
    case 'absent':
      return read;
    case 'exposed': {
      const mode = (read.stats.mode & 0o777).toString(8);
      return unusable(`its mode is 0${mode}, which lets other users access it`);
    }
    case 'too_large':
      return unusable('it is too long for a key');
    case 'failed':
      return unusable(`it cannot be read (${read.reason})`, read.reason);
  }
}

function unusable(detail: string, code = 'none'): KeyReading {
  return { kind: 'unusable', detail, code };
}

/** The result of making a key file. */
type Generated =
  | { readonly kind: 'key'; readonly key: SigningKey }
  | { readonly kind: 'exists' }
  | { readonly kind: 'unwritable'; readonly code: string };

/**
 * Makes a new key in a new file (0600) and its public side beside it, in `<path>.pub`. No file is overwritten.
 *
 * The file is there whole or not at all, whenever the machine stops. Where the public side cannot be written, the key goes too.
 */
export async function generateKeyFile(path: string, name: string): Promise<Generated> {
  const pem = generateKey();
  const key = toSigningKey(pem, name);
  if ('kind' in key) throw new TypeError(key.detail);
  try {
    const write = await beginDurableWrite(path);
    try {
      await write.file.writeFile(pem);
      await write.commit('create');
    } finally {
      await write.discard();
    }
    await writePublicKey(path, key).catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
    return { kind: 'key', key };
  } catch (error) {
    const code = errorReason(error);
    return code === 'EEXIST' ? { kind: 'exists' } : { kind: 'unwritable', code };
  }
}

/** Writes the public side of a private key file, as one line, to `<path>.pub`; an older one is replaced. */
export async function writePublicKey(path: string, { text }: VerifierKey): Promise<void> {
  await replaceDurably(`${path}.pub`, `${text}\n`, 0o644);
}
