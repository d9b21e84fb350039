import type { Receipt } from '../../journal/index.js';
import type { Permit } from '../../policy/index.js';

const recorded: unique symbol = Symbol('recorded');

/**
 * A permit whose decision is on disk. The dial takes nothing else, so code that dials without a record does not compile
 * (law 4); only {@link open} makes one.
 */
export interface Opened {
  readonly [recorded]: true;
  readonly kind: 'opened';
  readonly permit: Permit;
  readonly receipt: Receipt;
}

/** Joins a permit and the receipt of its decision record. */
export function open(permit: Permit, receipt: Receipt): Opened {
  return { [recorded]: true, kind: 'opened', permit, receipt };
}
