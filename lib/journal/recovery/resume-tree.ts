import {
  BEFORE_FIRST,
  CHECKPOINT_KIND,
  hashLine,
  listSegments,
  parseHead,
  rawLines,
  readBackwards,
  readJournal,
  type Damaged,
  type Line,
  type Link,
  type ReadLine,
} from '../lines/index.js';
import {
  EMPTY_RANGE,
  hashLeaf,
  push,
  readCheckpointContent,
  type CompactRange,
  type SignedCheckpoint,
} from '../proof/index.js';

/** The tree over a journal's lines up to one, and the newest checkpoint among these. */
export interface ResumedTree {
  readonly kind: 'tree';
  readonly range: CompactRange;
  /** With its line. Its signature has not been verified. */
  readonly newest: (SignedCheckpoint & { readonly line: Line }) | 'none';
}

/**
 * Builds the tree up to a good line from the newest checkpoint before it: some thousand lines are read at most.
 *
 * Only where no checkpoint was ever written is the whole journal read.
 */
export async function resumeTree(directory: string, last: Link): Promise<ResumedTree | Damaged> {
  const line = await newestCheckpoint(directory, last.seq);
  if (line === 'none') return replay(directory, last, { kind: 'tree', range: EMPTY_RANGE, newest: 'none' });
  const read = readCheckpointContent(line.content);
  if (read.kind !== 'whole') return damagedAt(directory, line, read.detail);
  const { checkpoint, range } = read;
  if (checkpoint.size !== line.seq - 1) return damagedAt(directory, line, `it covers ${checkpoint.size} lines`);
  if (checkpoint.chain !== line.prev) return damagedAt(directory, line, 'it does not match the line before');
  return replay(directory, last, { kind: 'tree', range, newest: { ...read, line } });
}

async function newestCheckpoint(directory: string, seq: number): Promise<Line | 'none'> {
  for await (const line of readBackwards(directory, { beforeSeq: seq + 1, prefilter: isCheckpoint })) {
    if (line.read === 'line') return line;
  }
  return 'none';
}

function isCheckpoint(bytes: Buffer): boolean {
  const head = parseHead(bytes);
  return head !== 'malformed' && head.kind === CHECKPOINT_KIND;
}

/** Adds the lines that are not in a tree yet, up to one. */
async function replay(
  directory: string,
  last: Link,
  { range: begun, newest }: ResumedTree,
): Promise<ResumedTree | Damaged> {
  let range = begun;
  let prev = newest === 'none' ? BEFORE_FIRST.hash : newest.checkpoint.chain;
  for await (const line of readJournal(directory, { fromSeq: begun.size + 1 })) {
    if (range.size === last.seq) break;
    if (line.read === 'damaged') return damagedAt(directory, line, line.detail);
    if (line.seq !== range.size + 1 || line.prev !== prev) {
      return damagedAt(directory, line, 'it does not continue the line before, and no checkpoint continues from there');
    }
    range = push(range, hashLeaf(line.bytes));
    prev = hashLine(line.bytes);
  }
  if (range.size === last.seq && prev === last.hash) return { kind: 'tree', range, newest };
  throw new Error(`the lines up to ${last.seq} changed while they were read`);
}

/** The position of a line that is not what it should be. */
export async function damagedAt(directory: string, line: ReadLine, detail: string): Promise<Damaged> {
  const { segment, offset } = line;
  const seq = line.read === 'line' ? line.seq : 0;
  let number = 1;
  const found = (await listSegments(directory)).find(({ name }) => name === segment);
  if (found !== undefined) {
    for await (const lines of rawLines(found.path)) {
      number += lines.filter((each) => each.offset < offset).length;
      if ((lines.at(-1)?.offset ?? 0) >= offset) break;
    }
  }
  return { kind: 'damaged', damage: { segment, line: number, seq, offset, detail } };
}
