import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { ReceiverParts } from '../receivers/index.js';
import { appendingSink, createSyslogSink, postingSink, type Sink, type SinkRecord } from '../sinks/index.js';

/** A signed checkpoint: the whole signed note, how many lines of the journal it covers, and the root of the tree over them. */
export interface Checkpoint {
  readonly note: string;
  readonly size: number;
  readonly root: string;
}

/** Reads a signed note: its third line is the root. */
export function checkpointOf(note: string, size: number): Checkpoint {
  const [, , root = ''] = note.split('\n', 3);
  return { note, size, root };
}

/** Where checkpoints go. */
export type AnchorTarget =
  | { readonly use: 'file'; readonly path: string }
  | { readonly use: 'syslog'; readonly host: string; readonly port: number; readonly facility: number }
  | { readonly use: 'http'; readonly url: string };

/** One anchor as it is to be kept. */
export interface AnchorSetting {
  readonly name: string;
  readonly target: AnchorTarget;
  readonly parts: ReceiverParts;
}

/** The sink of an anchor, and what it keeps of a checkpoint. */
export interface AnchorReceiver {
  readonly sink: Sink;
  readonly textOf: (checkpoint: Checkpoint) => string;
}

const NOTICE = 5;

/** Makes the receiver of an anchor. Nothing is dialled or opened before the first checkpoint. */
export function openAnchorTarget({ target, parts }: Omit<AnchorSetting, 'name'>): AnchorReceiver {
  const textOf = ({ note }: Checkpoint): string => note;
  switch (target.use) {
    case 'file':
      return { sink: appendingSink(target.path, cutTornNote, parts.timeoutMs), textOf };
    case 'syslog':
      return {
        sink: createSyslogSink({ ...target, app: 'tidegate' }, parts, () => undefined, NOTICE),
        textOf: asOneLine,
      };
    case 'http':
      return { sink: postingSink(target.url, parts, 'text/plain; charset=utf-8', textsIn), textOf };
  }
}

function textsIn(records: readonly SinkRecord[]): string {
  return records.map(({ text }) => text).join('');
}

const IN_ORDER = ['use', 'path', 'host', 'port', 'facility', 'url'];

/** Identifies a target in the files of what anchors have, without what may be secret in an address. */
export function identityOf(target: AnchorTarget): string {
  return createHash('sha256').update(JSON.stringify(target, IN_ORDER)).digest('base64url');
}

const NOT_ASCII = /[^ -~]/g;

/** A note has line ends, which syslog receivers damage: so it is a JSON text in one line of ASCII. */
function asOneLine({ note, size, root }: Checkpoint): string {
  return JSON.stringify({ tidegate_checkpoint: { size, root, note } }).replace(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** No note is longer. */
const NOTE_BYTES = 16 * 1024;
/** The line of a signature, which begins with a dash (in UTF-8), and the empty line after a note. */
const ENDS = /(?:^|\n)\xe2\x80\x94 [^\n]*\n\n/g;

/** Cuts off what a broken write left after the last whole note. A file that is something else is left alone. */
async function cutTornNote(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const start = Math.max(0, size - NOTE_BYTES);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(NOTE_BYTES), 0, NOTE_BYTES, start);
  const tail = buffer.toString('latin1', 0, bytesRead);
  const last = [...tail.matchAll(ENDS)].at(-1);
  const torn = last === undefined ? tail : tail.slice(last.index + last[0].length);
  if (torn === '') return;
  if (last === undefined) throw new Error('the file holds something that is not a checkpoint');
  await file.truncate(size - torn.length);
}
