/**
 * The lowest floor: what every room needs of the operating system and of Node. Error codes, durable files, deadlines,
 * bounded reads; the pure room `values` beside it has days, counts and objects.
 *
 * It knows nothing of proxies, policies, journals or settings: no file here names a tidegate concept. Each file is one
 * capability; start with the one that is needed.
 */
export { errorCode, errorMessage, errorReason, unlessAbsent } from './errors.js';
export { beginDurableWrite, replaceDurably, type DurableWrite } from './durable-file.js';
export { sleep, untilAborted, within } from './deadline.js';
export { boundAddress, listening } from './listening.js';
export { type BoundedRead, readAtMost, readPrivately, readTrusted, type Untrusted } from './bounded-read.js';
export { isPermission, remedyFor, RUN_AS_ACCOUNT } from './permission.js';
