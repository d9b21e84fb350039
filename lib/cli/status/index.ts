/**
 * How one tidegate tells another how it is: a line of JSON through a socket in the state folder, for its owner only. It
 * knows the shape of a status, and not how its facts are come by. Start at `status.ts`; then the two ends, `tell-status.ts`
 * and `ask-status.ts`.
 */
export { askStatus, type StatusAnswer } from './ask-status.js';
export type { Status } from './status.js';
export { tellStatus } from './tell-status.js';
