import { readFile } from 'node:fs/promises';
import { parseVerifierKey, readAnchors, type Anchor, type VerifierKey } from '../../../journal/index.js';
import { errorCode } from '../../../system/index.js';
import { failure, type Failure } from '../../console/index.js';

/** All that was read from the values of an option. */
interface Values<T> {
  readonly kind: 'values';
  readonly values: readonly T[];
}

/** Reads public keys, each given as itself or as a file with one on each line. */
export function readKeys(given: readonly string[]): Promise<Values<VerifierKey> | Failure> {
  return collected(given, async (text) => {
    const key = parseVerifierKey(text);
    return key === 'malformed' ? readKeyLines(text) : { kind: 'values', values: [key] };
  });
}

async function readKeyLines(path: string): Promise<Values<VerifierKey> | Failure> {
  const file = await readText(path);
  if (file.kind === 'failure') return file;
  const keys: VerifierKey[] = [];
  for (const line of file.text.split(/\r?\n/).filter((each) => each !== '')) {
    const key = parseVerifierKey(line);
    if (key === 'malformed') return failure('unreadable', `invalid key file "${path}": not all lines are public keys`);
    keys.push(key);
  }
  if (keys.length === 0) return failure('unreadable', `invalid key file "${path}": no public key`);
  return { kind: 'values', values: keys };
}

/** Reads files of signed checkpoints. */
export function readAnchorFiles(paths: readonly string[]): Promise<Values<Anchor> | Failure> {
  return collected(paths, async (path) => {
    const file = await readText(path);
    if (file.kind === 'failure') return file;
    const read = readAnchors(file.text, path);
    if (read.kind === 'malformed') return failure('unreadable', `${path}, line ${read.line}: ${read.detail}`);
    return { kind: 'values', values: read.anchors };
  });
}

async function collected<T>(
  given: readonly string[],
  read: (text: string) => Promise<Values<T> | Failure>,
): Promise<Values<T> | Failure> {
  const values: T[] = [];
  for (const each of given) {
    const found = await read(each);
    if (found.kind === 'failure') return found;
    values.push(...found.values);
  }
  return { kind: 'values', values };
}

async function readText(path: string): Promise<{ readonly kind: 'text'; readonly text: string } | Failure> {
  try {
    const bytes = await readFile(path);
    return { kind: 'text', text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    return failure('unreadable', `cannot read "${path}" (${errorCode(error)})`);
  }
}
