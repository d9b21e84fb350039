/**
 * Two tokens of the journey that only the journal can give: leave to look a name up, and a permit whose decision is on
 * disk. Each is minted in one place, by the step that earns it. Knows no sockets and no DNS. Start at `decision.ts`.
 */
export { checkRecordable, permitOf, recordable, recordDecision } from './decision.js';
export type { Opened, Recordable, Resolution } from './decision.js';
