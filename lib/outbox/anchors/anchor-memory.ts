import { isObject } from '../../system/values/index.js';
import { readState, type StateReading, type StateWriting, writeState } from '../delivery/index.js';

/** A checkpoint as an anchor has it. */
export interface Accepted {
  readonly size: number;
  readonly root: string;
  /** When the anchor took it: UTC. */
  readonly at: string;
}

/** What is remembered of an anchor over restarts. */
export interface AnchorMemory {
  readonly accepted: Accepted | 'none';
  /** The checkpoint that was refused because the anchor has a newer one; stays until the file is removed. */
  readonly refused: Accepted | 'none';
}

/** The memory of an anchor that has nothing. */
export const NO_MEMORY: AnchorMemory = { accepted: 'none', refused: 'none' };

/** Reads what is remembered of the anchor with this identity; of another one, nothing is. Never throws. */
export function readAnchorMemory(path: string, identity: string): Promise<StateReading<AnchorMemory>> {
  return readState(path, ({ place, ...fields }) => {
    if (place !== identity) return NO_MEMORY;
    const [accepted, refused] = [acceptedIn(fields['accepted']), acceptedIn(fields['refused'])];
    return accepted === 'malformed' || refused === 'malformed' ? 'malformed' : { accepted, refused };
  });
}

function acceptedIn(value: unknown): Accepted | 'none' | 'malformed' {
  if (value === null) return 'none';
  if (!isObject(value)) return 'malformed';
  const { size, root, at } = value;
  if (typeof size !== 'number' || !Number.isSafeInteger(size)) return 'malformed';
  return typeof root === 'string' && typeof at === 'string' ? { size, root, at } : 'malformed';
}

/** Replaces the memory durably. Never throws. */
export function writeAnchorMemory(path: string, identity: string, memory: AnchorMemory): Promise<StateWriting> {
  const accepted = memory.accepted === 'none' ? null : memory.accepted;
  const refused = memory.refused === 'none' ? null : memory.refused;
  return writeState(path, { place: identity, accepted, refused });
}
