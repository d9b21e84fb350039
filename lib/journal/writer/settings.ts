import type { Disk, Lock, RemovalHold, Reserve, WorkState } from '../disk/index.js';
import type { Signers } from '../proof/index.js';
import type { Clock } from './stamper.js';

/** How a journal is written. */
export interface WriterOptions {
  /** From this size on a new segment is begun; the last batch may exceed it. A start reads one segment. */
  readonly segmentBytes: number;
  /** How much may wait for the disk before `append` answers `full`. */
  readonly waitingBytes: number;
  /** How long a full disk is left alone before it is tried again. */
  readonly retryMs: number;
  /** How many bytes of the reserve the entries get that may use a part of it. */
  readonly sharedReserveBytes: number;
  /** How many lines may follow a checkpoint before the next one is added. */
  readonly checkpointLines: number;
  /** Called with each checkpoint (the signed note, and how many lines it covers) once it is on disk. It must not throw. */
  readonly onCheckpoint: (note: string, size: number) => void;
}

/** The parts around a writer. */
export interface WriterParts {
  readonly reserve: Reserve;
  readonly lock: Pick<Lock, 'isHeld'>;
  /** Called when a segment is complete on disk, and the next one is begun. */
  readonly onRotated: () => void;
  readonly maintenance: () => WorkState;
  readonly removalHold: () => RemovalHold | 'none';
}

/** What the writer needs to know. */
export interface WriterSettings extends WriterOptions, WriterParts {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly signers: Signers;
}
