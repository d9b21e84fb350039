/**
 * The operator's log: winston, to standard error and wherever the configuration says. It may lose lines and never holds
 * anyone up; what an auditor needs is in the journal and not here. Knows no part of the proxy. Start at `log.ts`.
 */
export { openLog, type Log } from './log.js';
