import { sign, verify } from 'node:crypto';
import { isKeyName, type SigningKey, type VerifierKey } from './keys.js';

interface NoteSignature {
  readonly name: string;
  /** The key's id, eight hex digits. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** A text and its signatures, of which nothing is known yet. The text ends in a newline, and is what is signed. */
export interface Note {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** A note read back, or what is wrong with it. */
type NoteReading =
  { readonly kind: 'whole'; readonly note: Note } | { readonly kind: 'malformed'; readonly detail: string };

const MOST_SIGNATURES = 100;
const FORBIDDEN = /[\0-\x09\x0b-\x1f]|\p{Cs}/u;
// The id's four bytes come first, so there are more than four.
const SIGNATURE = /^\u2014 (\S+) ((?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/u;

/**
 * Reads a C2SP signed note whole; the text stands before the last empty line. Nothing is repaired.
 *
 * A note that reads is not to be believed before {@link judgeNote} has found the signature of a key that one trusts.
 */
export function parseNote(whole: string): NoteReading {
  if (FORBIDDEN.test(whole)) return malformed('holds what a note may not hold');
  const split = whole.lastIndexOf('\n\n');
  if (split === -1) return malformed('has no empty line before its signatures');
  const lines = whole.slice(split + 2).split('\n');
  if (lines.pop() !== '') return malformed('does not end in a newline');
  if (lines.length === 0 || lines.length > MOST_SIGNATURES) return malformed(`has ${lines.length} signatures`);
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = parseSignature(line);
    if (signature === 'malformed') return malformed('has a malformed signature line');
    signatures.push(signature);
  }
  return { kind: 'whole', note: { text: whole.slice(0, split + 1), signatures } };
}

function malformed(detail: string): NoteReading {
  return { kind: 'malformed', detail };
}

function parseSignature(line: string): NoteSignature | 'malformed' {
  const [, name, encoded] = SIGNATURE.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !isKeyName(name)) return 'malformed';
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length <= 4 || bytes.toString('base64') !== encoded) return 'malformed';
  return { name, id: bytes.toString('hex', 0, 4), bytes: bytes.subarray(4) };
}

/** Gives a whole note: the text, which must end in a newline, with a signature of each key. */
export function signNote(text: string, ...keys: readonly SigningKey[]): string {
  if (!text.endsWith('\n') || FORBIDDEN.test(text)) throw new TypeError('not the text of a note');
  const lines = keys.map(({ name, id, privateKey }) => {
    const signature = sign(null, Buffer.from(text), privateKey);
    return `\u2014 ${name} ${Buffer.concat([Buffer.from(id, 'hex'), signature]).toString('base64')}\n`;
  });
  return `${text}\n${lines.join('')}`;
}

/** Whether a key signed a note; `'absent'`: nothing in the note claims that it did. */
export function judgeNote({ text, signatures }: Note, key: VerifierKey): 'signed' | 'bad' | 'absent' {
  const own = signatures.filter(({ name, id }) => name === key.name && id === key.id);
  if (own.length === 0) return 'absent';
  const bytes = Buffer.from(text);
  return own.every((signature) => verify(null, bytes, key.publicKey, signature.bytes)) ? 'signed' : 'bad';
}
