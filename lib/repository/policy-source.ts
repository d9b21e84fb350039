import { createHash } from 'node:crypto';
import type { Problem } from '../policy/index.js';

/** A policy or case file as its source has it. */
export interface SourceBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** One state of the files of a source, never a mixture of two. */
export interface SourceContent {
  readonly kind: 'content';
  /** In order of their names. */
  readonly files: readonly SourceBytes[];
  /** Names this exact content: see {@link revisionOf}. */
  readonly revision: string;
  /** The origin of the content, for people: a folder, or a commit of a remote. */
  readonly origin: string;
  /** Files that cannot be read, and parts that are ignored. */
  readonly problems: readonly Problem[];
}

/** The source cannot be read. */
export interface SourceFailure {
  readonly kind: 'failed';
  readonly problem: Problem;
}

/** Where policy files come from: a folder today. Each method may be called again while nothing of the source is. */
export interface PolicySource {
  /** The source as people name it: the path of a folder, the address of a remote. */
  readonly name: string;
  readonly read: () => Promise<SourceContent | SourceFailure>;
  /** Whether the files may differ from those last read, once a change in progress is over. `unknown` also once closed. */
  readonly check: () => Promise<'changed' | 'unchanged' | 'unknown'>;
  /** Calls `notify` whenever a check is worthwhile, and waits for it, until the source is closed. */
  readonly watch: (notify: () => Promise<void>) => void;
  /** Ends watching; settles when no `notify` is pending. */
  readonly close: () => Promise<void>;
}

/** The revision of a content: a hash of the names and bytes of its files, in order. */
export function revisionOf(files: readonly SourceBytes[]): string {
  const hash = createHash('sha256');
  for (const { name, bytes } of files) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return `sha256:${hash.digest('hex').slice(0, 16)}`;
}
