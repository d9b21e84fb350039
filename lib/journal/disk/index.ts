/**
 * The disk, as the journal changes it: every call in one value, so that a test can make any one of them fail; durable writes
 * and how they fail; the reserve, which is room kept for a full disk; and the lock that keeps other processes out.
 *
 * What it refuses to know: what is written. Start at `disk.ts`.
 */
export {
  APPEND,
  CHANGE,
  CREATE,
  cutBack,
  realDisk,
  syncDurably,
  WORKING,
  writeAll,
  writeDurably,
  type Disk,
  type WorkState,
  type Written,
} from './disk.js';
export { change, copyInto, createFile, removeDurably, type Chunks } from './files.js';
export { lockHolder, takeLock, type Held, type Lock } from './lock.js';
export {
  HOLD_MS,
  readHold,
  readRequest,
  removeRequest,
  writeHold,
  writeRequest,
  type ReleaseRequest,
  type RemovalHold,
} from './removal-hold.js';
export { Reserve } from './reserve.js';
export { checkSoleWriter, inodeOf } from './sole-writer.js';
