/**
 * The operator's log: winston, to standard error and wherever the configuration says. It may lose lines and never
 * blocks the proxy; what an auditor needs is in the journal. Knows no part of the proxy. Start at `log.ts`.
 */
export { openLog, type Log } from './log.js';
