import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { verifyJournal, type Anchor, type Verification, type VerifierKey } from '../../journal/index.js';
import { errorCode } from '../../system/index.js';
import {
  type Adding,
  complain,
  createProgress,
  type ExitCode,
  exitCodes,
  isGiven,
  say,
  sayJson,
  settle,
  textsOption,
  withRepeated,
  withSettings,
} from '../console/index.js';
import { readAnchorFiles, readKeys } from './inputs.js';
import { verificationJson, verificationText } from './verify-text.js';

/** Adds `audit verify`. */
export function addVerifyCommand(group: Command, add: Adding): void {
  const command = add(
    group,
    {
      usage: 'verify [journal]',
      summary: 'check that the journal is what was written, and tell what exactly that proves; a running one too',
      examples: [
        'tidegate audit verify --key /mnt/audit/journal.key.pub --anchor /mnt/audit/checkpoints',
        'tidegate audit verify /mnt/copy/journal --json',
      ],
    },
    verifyOrComplain,
  );
  withRepeated(
    command,
    '--anchor <file>',
    'signed checkpoints that were kept elsewhere, in a file; may be given again',
  );
  withRepeated(command, '--key <key>', 'a public key that is trusted, or a file with some; may be given again');
  withSettings(command, 'state').option('--json', 'as one line of JSON');
}

async function verifyOrComplain(command: Command): Promise<ExitCode> {
  const keys = await readKeys(textsOption(command, 'key'));
  if ('kind' in keys) return complain(exitCodes.unreadable, keys.detail);
  const anchors = await readAnchorFiles(textsOption(command, 'anchor'));
  if ('kind' in anchors) return complain(exitCodes.unreadable, anchors.detail);
  const folder = await folderOf(command);
  if (typeof folder === 'number') return folder;
  try {
    await access(folder);
    const report = await verified(folder, keys, anchors);
    if (isGiven(command, 'json')) sayJson(verificationJson(report, folder));
    else say(verificationText(report, folder));
    return report.kind === 'holds' ? exitCodes.ok : exitCodes.found;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'none') throw error;
    return complain(exitCodes.unreadable, `the journal in ${folder} cannot be read (${code})`);
  }
}

/** The folder that was named, or that of the state folder. */
async function folderOf(command: Command): Promise<string | ExitCode> {
  const [named] = command.args;
  if (named !== undefined) return resolve(named);
  const settled = await settle(command);
  return typeof settled === 'number' ? settled : settled.config['journal.folder'];
}

async function verified(
  folder: string,
  keys: readonly VerifierKey[],
  anchors: readonly Anchor[],
): Promise<Verification> {
  const bar = createProgress(process.stderr);
  const start = performance.now();
  const progress = (done: number, total: number): void => {
    const rate = done / 1e3 / Math.max(1, performance.now() - start);
    bar.at(total === 0 ? 1 : done / total, `${rate.toFixed(0)} MB/s`);
  };
  try {
    return await verifyJournal(folder, { keys, anchors, progress });
  } finally {
    bar.end();
  }
}
