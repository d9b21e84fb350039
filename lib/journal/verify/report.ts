import type { Damage, Link } from '../lines/index.js';

/**
 * What can be wrong with a journal, as far as it can be classified.
 *
 * `torn_tail`: the end of the newest segment was not written whole. `changed`: a line is not what was written. `removed`,
 * `inserted`, `reordered`: lines are missing, are there that were not written, stand elsewhere. `truncated`: the end is
 * missing, of the journal or of a segment. `foreign_key`: signed by a key that is not trusted. `bad_signature`: not signed by
 * the key that it names. `wrong_root`: a signed statement speaks of other lines than these. `unproven`: there is no line, or nothing
 * is signed, so that nothing is wrong and nothing proven.
 */
export type FaultKind =
  | 'torn_tail'
  | 'changed'
  | 'removed'
  | 'inserted'
  | 'reordered'
  | 'truncated'
  | 'foreign_key'
  | 'bad_signature'
  | 'wrong_root'
  | 'unproven';

/** The first fault, and the first line that it concerns. */
export interface Fault extends Damage {
  readonly kind: FaultKind;
}

/** A line's number, and a UTC time. */
export interface ProvenPoint {
  readonly seq: number;
  readonly time: string;
}

/**
 * Up to where a journal is proven to be what was written, in three strengths; after a fault nothing is.
 *
 * `time` of the first two is that of the signed statement, of `chained` that of the line.
 */
export interface Proven {
  /** By a statement that is kept elsewhere: no one can have changed those lines since, whatever keys they own. */
  readonly anchored: (ProvenPoint & { readonly source: string }) | 'none';
  /** By a signed checkpoint in the journal: no one can have changed those lines without the key. */
  readonly checkpointed: (ProvenPoint & { readonly key: string }) | 'none';
  /** By the hash chain alone: anyone who rewrites all later lines can have changed them. */
  readonly chained: ProvenPoint | 'none';
}

/** A key that signed checkpoints from a line on, and why it is trusted. */
export interface KeyUse {
  readonly key: string;
  readonly fromSeq: number;
  readonly trust: 'given' | 'introduced' | 'first_seen' | 'not_trusted';
}

/** A line of the journal's own that a reader should know of. */
export interface Notice extends ProvenPoint {
  readonly kind: string;
  readonly content: { readonly [key: string]: unknown };
}

/** What was checked, and what that proves. */
export interface Facts {
  readonly segments: number;
  readonly lines: number;
  readonly bytes: number;
  /** The oldest line there is: 1, unless older segments were removed. 0 in an empty journal. */
  readonly firstSeq: number;
  /** The newest line that was found good. */
  readonly last: Link;
  /** Bytes after the last line that are torn. */
  readonly unfinishedBytes: number;
  readonly checkpoints: number;
  readonly proven: Proven;
  readonly keys: readonly KeyUse[];
  /** Damage that was accepted, and what starts cut off: the first hundred such lines. */
  readonly gaps: readonly Notice[];
  readonly cuts: readonly Notice[];
  /** Jumps of the clock, and what became of the hold on removal: the first hundred such lines. */
  readonly clocks: readonly Notice[];
  /** Statements from elsewhere: those that agree, those about lines no longer kept, those about other journals. */
  readonly anchors: { readonly agreeing: number; readonly tooOld: number; readonly ofOthers: number };
}

/** The result of verifying a journal. */
export type Verification = ({ readonly kind: 'holds' } & Facts) | (Fault & Facts);

/** What is wrong with a line, or with a statement about the lines up to it. */
export interface Contradiction {
  readonly kind: FaultKind;
  readonly detail: string;
}
