import type { CommandGroup } from '../console/index.js';
import { attemptCommands } from './attempts.js';
import { exportCommand } from './export/index.js';
import { administrationCommands } from './journal-administration.js';
import { keygenCommand } from './keygen.js';
import { verifyCommand } from './verify/index.js';

/** All commands about the audit trail. */
export const auditCommands: CommandGroup = {
  name: 'audit',
  summary: 'read and verify the audit trail; a running instance is not disturbed',
  commands: [verifyCommand, keygenCommand, ...administrationCommands, ...attemptCommands, exportCommand],
};
