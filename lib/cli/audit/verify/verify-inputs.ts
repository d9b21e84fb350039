import { readFile } from 'node:fs/promises';
import { parseVerifierKey, readAnchors, type Anchor, type VerifierKey } from '../../../journal/index.js';
import { errorCode } from '../../../system/index.js';
import { fail } from '../../console/index.js';

/** Reads public keys, each given as itself or as a file with one on each line. */
export async function readKeys(given: readonly string[]): Promise<readonly VerifierKey[]> {
  const keys: VerifierKey[] = [];
  for (const text of given) {
    const key = parseVerifierKey(text);
    keys.push(...(key === 'malformed' ? await readKeyFile(text) : [key]));
  }
  return keys;
}

async function readKeyFile(path: string): Promise<readonly VerifierKey[]> {
  const lines = (await readText(path)).split(/\r?\n/).filter((line) => line !== '');
  if (lines.length === 0) fail('unreadable', `invalid key file "${path}": no public key`);
  return lines.map((line) => {
    const key = parseVerifierKey(line);
    if (key === 'malformed') fail('unreadable', `invalid key file "${path}": not all lines are public keys`);
    return key;
  });
}

/** Reads files of signed checkpoints. */
export async function readAnchorFiles(paths: readonly string[]): Promise<readonly Anchor[]> {
  const anchors: Anchor[] = [];
  for (const path of paths) {
    const read = readAnchors(await readText(path), path);
    if (read.kind === 'malformed') fail('unreadable', `${path}, line ${read.line}: ${read.detail}`);
    anchors.push(...read.anchors);
  }
  return anchors;
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
  } catch (error) {
    fail('unreadable', `cannot read "${path}" (${errorCode(error)})`);
  }
}
