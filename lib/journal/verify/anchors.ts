import { judgeNote, parseCheckpoint, parseNote, parseVerifierKey, type Checkpoint } from '../proof/index.js';

/** A signed checkpoint that was kept elsewhere. */
export interface Anchor {
  /** Where it was found, such as a file and a line. */
  readonly source: string;
  readonly checkpoint: Checkpoint;
}

/** Anchors read from a text, or the first thing that is wrong with it. */
type AnchorReading =
  | { readonly kind: 'anchors'; readonly anchors: readonly Anchor[] }
  | { readonly kind: 'malformed'; readonly line: number; readonly detail: string };

const SIGNATURE = '\u2014 ';

/** Reads a text of one or more signed checkpoints, one after the other, with or without empty lines between them. */
export function readAnchors(text: string, source: string): AnchorReading {
  const anchors: Anchor[] = [];
  for (const { line, whole } of splitNotes(text)) {
    const read = readAnchor(whole, `${source}:${line}`);
    if ('detail' in read) return { kind: 'malformed', line, ...read };
    anchors.push(read);
  }
  if (anchors.length === 0) return { kind: 'malformed', line: 1, detail: 'no signed checkpoint found' };
  return { kind: 'anchors', anchors };
}

function readAnchor(whole: string, source: string): Anchor | { readonly detail: string } {
  const read = parseNote(whole);
  if (read.kind === 'malformed') return { detail: `a signed note ${read.detail}` };
  const checkpoint = parseCheckpoint(read.note.text);
  if (checkpoint === 'malformed') return { detail: 'a signed note is not a checkpoint of a journal' };
  const key = parseVerifierKey(checkpoint.key);
  if (key === 'malformed' || judgeNote(read.note, key) !== 'signed') {
    return { detail: 'a checkpoint has no valid signature by the key that it names' };
  }
  return { source, checkpoint };
}

/** A note ends with its signatures: the next line that is not a signature begins another note. */
function splitNotes(text: string): readonly { readonly line: number; readonly whole: string }[] {
  const notes: { line: number; whole: string }[] = [];
  let signed = true;
  for (const [index, line] of text.split(/(?<=\n)/).entries()) {
    if (signed && line.trim() === '') continue;
    const isSignature = line.startsWith(SIGNATURE);
    const current = notes.at(-1);
    if (current === undefined || (signed && !isSignature)) notes.push({ line: index + 1, whole: line });
    else current.whole += line;
    signed = isSignature;
  }
  return notes;
}
