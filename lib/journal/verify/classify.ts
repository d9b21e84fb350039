import type { Link } from '../lines/index.js';
import type { FaultKind } from './report.js';

/** The head of a line after a fault, as far as it can be read. */
export interface LineHead {
  readonly seq: number | 'none';
  readonly prev: string;
  readonly hash: string;
}

/** What kind of fault it is, and whether it lies in the first of these lines or in the one before. */
export interface Judgement {
  readonly kind: FaultKind;
  readonly at: 'here' | 'before';
  readonly detail: string;
}

/** What is known when a line does not continue the one before. */
export interface FaultContext {
  /** The last line that was good. */
  readonly last: Link;
  /** The line at fault, and some lines after it. */
  readonly heads: readonly [LineHead, ...LineHead[]];
  /** How other segments begin. */
  readonly elsewhere: readonly LineHead[];
  /** Whether a signed statement has already covered the last line. */
  readonly lastIsProven: boolean;
}

/**
 * Finds what was done, from the lines around a fault: to be `removed`, `inserted` or `reordered` there must be a line near by
 * that shows it. Where nothing does, it is `changed`.
 */
export function classify(context: FaultContext): Judgement {
  const { last, heads, elsewhere } = context;
  const [first, next] = heads;
  const resumed = heads.findIndex((line) => continues(line, last));
  if (resumed > 0) return intrusion(heads, resumed);
  if (first.seq === 'none') return here('changed', 'not a journal line');
  if (first.prev === last.hash) return here('changed', `its sequence number is ${first.seq}`);
  if (elsewhere.some((line) => continues(line, last))) return here('reordered', 'another segment continues here');
  if (first.seq === last.seq + 1) return wrongLink(context);
  // What follows has the numbers it should have: another line was put in the place of this one.
  if (next?.seq === last.seq + 2) return here('changed', `line ${first.seq} is in its place`);
  return first.seq > last.seq ? missing(context, first.seq) : surplus(context, first.seq);
}

function continues(line: LineHead, last: Link): boolean {
  return line.seq === last.seq + 1 && line.prev === last.hash;
}

function isFollowedBy(line: LineHead, next: LineHead | undefined): boolean {
  return next !== undefined && line.seq !== 'none' && continues(next, { seq: line.seq, hash: line.hash });
}

function here(kind: FaultKind, detail: string): Judgement {
  return { kind, at: 'here', detail };
}

/** The line that should be here comes later: what is before it was put in, or belongs after it. */
function intrusion(heads: readonly LineHead[], resumed: number): Judgement {
  const lines = resumed === 1 ? 'one line' : `${resumed} lines`;
  const after = heads.slice(resumed);
  // One of them continues a later line that nothing else continues.
  const belongsLater = heads
    .slice(0, resumed)
    .some((line) => after.some((other, index) => isFollowedBy(other, line) && !isFollowedBy(other, after[index + 1])));
  if (belongsLater) return here('reordered', `the line that belongs here is ${lines} later`);
  return here('inserted', `${lines} before the one that continues here`);
}

/** The right number, but the hash of another line before it. */
function wrongLink({ last, heads: [first, next], lastIsProven }: FaultContext): Judgement {
  const detail = `its link does not match the hash of line ${last.seq}`;
  if (lastIsProven || last.seq === 0 || !isFollowedBy(first, next)) return here('changed', detail);
  return { kind: 'changed', at: 'before', detail: `the link of line ${last.seq + 1} does not match line ${last.seq}` };
}

function missing({ last, heads: [first, next] }: FaultContext, seq: number): Judgement {
  const count = seq - last.seq - 1;
  const detail = count === 1 ? 'it is missing' : `${count} lines are missing, up to ${seq - 1}`;
  const goesOn = next === undefined || isFollowedBy(first, next) || next.seq === seq + 1;
  return goesOn ? here('removed', detail) : here('changed', `its sequence number is ${seq}`);
}

function surplus({ heads: [first, next] }: FaultContext, seq: number): Judgement {
  const isRun = next === undefined || isFollowedBy(first, next);
  const detail = `sequence number ${seq} is repeated`;
  return here(isRun ? 'inserted' : 'changed', detail);
}
