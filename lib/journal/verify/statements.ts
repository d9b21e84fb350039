import type { Link, ParsedLine } from '../lines/index.js';
import {
  EMPTY_RANGE,
  hashLeaf,
  push,
  readCheckpointContent,
  rootOf,
  type Checkpoint,
  type CompactRange,
  type VerifierKey,
} from '../proof/index.js';
import type { Anchor } from './anchors.js';
import { Keyring } from './keyring.js';
import type { Contradiction, Facts, ProvenPoint, Proven } from './report.js';
import { AnchorCheck } from './anchor-check.js';

/** A checkpoint follows after 1,000 lines at the latest; where there is none for twice as many, some were taken out. */
const MOST_WITHOUT = 2000;

/** Grows the tree line by line, and holds it against all that was signed about it: checkpoints in the journal, and anchors. */
export class Statements {
  readonly #keyring: Keyring;
  readonly #anchors: AnchorCheck;
  readonly #origin: string | 'unknown';
  #range: CompactRange | 'unknown' = EMPTY_RANGE;
  #checkpoints = 0;
  #lastCheckpoint = 0;
  #checkpointed: Proven['checkpointed'] = 'none';
  // What an anchor agreed with, the key's owner cannot have changed; what came later, they can.
  #settled: Proven['checkpointed'] = 'none';
  #refutedByAnchor = false;

  constructor(keys: readonly VerifierKey[], anchors: readonly Anchor[], origin: string | 'unknown') {
    this.#keyring = new Keyring(keys);
    this.#anchors = new AnchorCheck(anchors, origin);
    this.#origin = origin;
  }

  /** Begins after a line. Of any but the first, the tree is not known until a checkpoint says it. */
  beginAfter(seq: number): void {
    if (seq > 0) this.#range = 'unknown';
    this.#anchors.beginAfter(Math.max(1, seq + 1));
  }

  /** Takes a checkpoint's line, before it is added. */
  checkpoint(line: ParsedLine, last: Link): Contradiction | 'none' {
    const read = readCheckpointContent(line.content);
    if (read.kind !== 'whole') return { kind: read.kind === 'malformed' ? 'changed' : read.kind, detail: read.detail };
    const { checkpoint, note, range } = read;
    const fault = this.#compare(checkpoint, last);
    if (fault !== 'none') return fault;
    const refusal = this.#keyring.accept(note, checkpoint, line.seq);
    if (refusal !== 'none') return refusal;
    if (checkpoint.time !== line.time)
      return { kind: 'changed', detail: 'its signed time differs from that of its line' };
    this.#range = range;
    this.#checkpoints += 1;
    this.#lastCheckpoint = line.seq;
    if (this.#keyring.trusted()) this.#checkpointed = { seq: last.seq, time: line.time, key: checkpoint.key };
    return 'none';
  }

  /** Adds a line. */
  add(bytes: Buffer, link: Link): Contradiction | 'none' {
    if (this.#range !== 'unknown') this.#range = push(this.#range, hashLeaf(bytes));
    if (this.#checkpoints > 0 && link.seq - this.#lastCheckpoint > MOST_WITHOUT) {
      return { kind: 'removed', detail: `no checkpoint in the ${MOST_WITHOUT} lines before it` };
    }
    const contradiction = this.#anchors.reach(link, () =>
      this.#range === 'unknown' ? 'unknown' : rootOf(this.#range),
    );
    if (contradiction !== 'none') this.#refutedByAnchor = true;
    else if (seqOf(this.#anchors.anchored) === link.seq) this.#settled = this.#checkpointed;
    return contradiction;
  }

  /** What is wrong where the lines end. */
  atEnd(last: Link): Contradiction | 'none' {
    const contradiction = this.#anchors.atEnd(last);
    if (contradiction !== 'none') return contradiction;
    if (last.seq === 0) return { kind: 'unproven', detail: 'there is no record here' };
    if (this.#keyring.trusted()) return 'none';
    if (this.#checkpoints === 0) {
      const kind = this.#anchors.anchored === 'none' ? 'unproven' : 'removed';
      return { kind, detail: 'there is no signed checkpoint here' };
    }
    const [first] = this.#keyring.uses();
    return { kind: 'foreign_key', detail: `signed by ${first?.key ?? 'a key'}, which is not one of the given keys` };
  }

  /** How many lines, from the first one, something signed has covered so far. */
  covered(): number {
    return Math.max(seqOf(this.#checkpointed), seqOf(this.#anchors.anchored));
  }

  facts(): Pick<Facts, 'checkpoints' | 'keys' | 'anchors'> {
    return { checkpoints: this.#checkpoints, keys: this.#keyring.uses(), anchors: this.#anchors.counts };
  }

  /** What is proven, given how far the chain holds, and what was found there. */
  proven(chained: ProvenPoint | 'none', fault: Contradiction | 'none'): Proven {
    const anchored = this.#anchors.anchored;
    if (fault === 'none' || fault.kind !== 'wrong_root') return { anchored, checkpointed: this.#checkpointed, chained };
    // A chain that something signed contradicts proves nothing beyond what was signed before.
    const checkpointed = this.#refutedByAnchor ? this.#settled : this.#checkpointed;
    const strongest = seqOf(checkpointed) > seqOf(anchored) ? checkpointed : anchored;
    return {
      anchored,
      checkpointed,
      chained: strongest === 'none' ? 'none' : { seq: strongest.seq, time: strongest.time },
    };
  }

  #compare(checkpoint: Checkpoint, last: Link): Contradiction | 'none' {
    if (this.#origin !== 'unknown' && checkpoint.origin !== this.#origin) {
      return { kind: 'foreign_key', detail: `the checkpoint is of another journal, ${checkpoint.origin}` };
    }
    const sameRoot = this.#range === 'unknown' || rootOf(this.#range) === checkpoint.root;
    if (checkpoint.size === last.seq && checkpoint.chain === last.hash && sameRoot) return 'none';
    const since = this.covered() + 1;
    const where = since >= last.seq ? `line ${last.seq}` : `a line from ${since} to ${last.seq}`;
    return { kind: 'wrong_root', detail: `the checkpoint does not match: ${where} is not what was signed` };
  }
}

function seqOf(point: { readonly seq: number } | 'none'): number {
  return point === 'none' ? 0 : point.seq;
}
