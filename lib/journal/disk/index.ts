/**
 * The disk, as the journal changes it: every call in one value, so that a test can let any one of them fail; writing that is
 * durable or says how it failed; the reserve, which is room kept for the worst day; and the lock that keeps others out.
 *
 * What it refuses to know: what is written. Start at `disk.ts`.
 */
export { APPEND, CHANGE, CREATE, cutBack, realDisk, writeDurably, type Disk } from './disk.js';
export { change, copyInto, removeDurably, type Chunks } from './files.js';
export { lockHolder, takeLock, type Held, type Lock } from './lock.js';
export { Reserve } from './reserve.js';
