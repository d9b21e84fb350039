/**
 * `tidegate audit …`: the audit trail read, exported and verified, and what an administrator does to the journal of a
 * stopped instance. Start at `audit-commands.ts`; then `attempts.ts`, or the rooms `verify` and `export`.
 */
export { auditCommands } from './audit-commands.js';
