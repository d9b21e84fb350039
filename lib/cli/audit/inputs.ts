import { readFile } from 'node:fs/promises';
import { parseVerifierKey, readAnchors, type Anchor, type VerifierKey } from '../../journal/index.js';
import { errorCode } from '../../system/index.js';

/** Something that was asked for and cannot be read. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly detail: string;
}

/** Reads public keys, each given as itself or as a file with one a line. */
export async function readKeys(given: readonly string[]): Promise<readonly VerifierKey[] | Unreadable> {
  const keys: VerifierKey[] = [];
  for (const text of given) {
    const key = parseVerifierKey(text);
    if (key !== 'malformed') keys.push(key);
    else {
      const read = await readKeyLines(text);
      if ('kind' in read) return read;
      keys.push(...read);
    }
  }
  return keys;
}

async function readKeyLines(path: string): Promise<readonly VerifierKey[] | Unreadable> {
  const text = await textOf(path);
  if (typeof text !== 'string') return text;
  const keys: VerifierKey[] = [];
  for (const line of text.split(/\r?\n/).filter((each) => each !== '')) {
    const key = parseVerifierKey(line);
    if (key === 'malformed') return { kind: 'unreadable', detail: `${path} holds something else than public keys` };
    keys.push(key);
  }
  return keys.length > 0 ? keys : { kind: 'unreadable', detail: `${path} holds no public key` };
}

/** Reads files of signed checkpoints. */
export async function readAnchorFiles(paths: readonly string[]): Promise<readonly Anchor[] | Unreadable> {
  const anchors: Anchor[] = [];
  for (const path of paths) {
    const text = await textOf(path);
    if (typeof text !== 'string') return text;
    const read = readAnchors(text, path);
    if (read.kind === 'malformed') return { kind: 'unreadable', detail: `${path}, line ${read.line}: ${read.detail}` };
    anchors.push(...read.anchors);
  }
  return anchors;
}

async function textOf(path: string): Promise<string | Unreadable> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
  } catch (error) {
    const code = errorCode(error);
    return { kind: 'unreadable', detail: `${path} cannot be read (${code})` };
  }
}
