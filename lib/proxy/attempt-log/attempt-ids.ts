import { randomInt } from 'node:crypto';
import { formatAttemptId, ID_COUNTS } from '../../attempt/index.js';

/**
 * The ids of one process, by time. Each has the next count, so that no two are equal whatever the clock does; the count begins
 * at random, so that those of other processes, and of this one after a restart, are others.
 */
export class AttemptIds {
  #count: number;

  /** `first` lies in the lower half, from which no process counts to the end. */
  constructor(first = randomInt(ID_COUNTS / 2)) {
    this.#count = first;
  }

  /** Gives the id of an attempt that is received now. */
  next(now: Date): string {
    this.#count += 1;
    return formatAttemptId(now.getTime(), this.#count);
  }
}
