import type { Link } from '../lines/index.js';
import type { Hash } from '../proof/index.js';
import type { Anchor } from './anchors.js';
import type { Contradiction, Proven } from './report.js';

/** Holds the journal against what was signed about it and kept elsewhere, each when its line is reached. */
export class AnchorCheck {
  readonly #anchors: readonly Anchor[];
  #next = 0;
  readonly counts = { agreeing: 0, tooOld: 0, ofOthers: 0 };
  /** The last anchor that agreed. */
  anchored: Proven['anchored'] = 'none';

  /** `origin`: the journal's name; if the journal does not say it, all anchors apply. */
  constructor(anchors: readonly Anchor[], origin: string | 'unknown') {
    const own = anchors.filter(({ checkpoint }) => origin === 'unknown' || checkpoint.origin === origin);
    this.#anchors = own.toSorted((a, b) => a.checkpoint.size - b.checkpoint.size);
    this.counts.ofOthers = anchors.length - own.length;
  }

  /** Leaves out what is about lines before the oldest one there is. */
  beginAfter(seq: number): void {
    while (this.#sizeOfNext() < seq) this.#next += 1;
    this.counts.tooOld = this.#next;
  }

  /** Takes the next line, and the root of the tree up to it if that is known. */
  reach({ seq, hash }: Link, root: () => Hash | 'unknown'): Contradiction | 'none' {
    for (; this.#sizeOfNext() === seq; this.#next += 1) {
      const anchor = this.#anchors[this.#next];
      if (anchor === undefined) break;
      const { source, checkpoint } = anchor;
      const known = root();
      if (checkpoint.chain !== hash || (known !== 'unknown' && known !== checkpoint.root)) {
        const detail = `${source}, signed at ${checkpoint.time}, does not match the first ${seq} lines`;
        return { kind: 'wrong_root', detail };
      }
      this.counts.agreeing += 1;
      this.anchored = { seq, time: checkpoint.time, source };
    }
    return 'none';
  }

  /** What is wrong where the lines end. */
  atEnd(last: Link): Contradiction | 'none' {
    const newest = this.#anchors.at(-1);
    if (newest !== undefined && newest.checkpoint.size > last.seq) {
      const { size, time } = newest.checkpoint;
      const missing = size - last.seq;
      const what = missing === 1 ? 'one line is' : `${missing} lines are`;
      return { kind: 'truncated', detail: `${what} missing at the end: ${newest.source} covers ${size} at ${time}` };
    }
    if (this.counts.ofOthers === 0 || this.#anchors.length > 0) return 'none';
    return { kind: 'foreign_key', detail: 'all anchors are of other journals' };
  }

  #sizeOfNext(): number {
    return this.#anchors[this.#next]?.checkpoint.size ?? Infinity;
  }
}
