import { resolve } from 'node:path';
import { verifyJournal, type Verification, type VerifyOptions } from '../../../journal/index.js';
import { type CommandSpec, createProgress, type ExitName, type Input, printResult } from '../../console/index.js';
import { withJournal } from '../trail/index.js';
import { readAnchorFiles, readKeys } from './verify-inputs.js';
import { verificationJson, verificationText } from './verify-text.js';

/** `audit verify`. */
export const verifyCommand: CommandSpec = {
  usage: 'verify [journal]',
  summary: 'verify the journal and report what is proven; works on a running instance too',
  examples: [
    'tidegate audit verify --key /mnt/audit/journal.key.pub --anchor /mnt/audit/checkpoints',
    'tidegate audit verify /mnt/copy/journal --json',
  ],
  settings: ['state'],
  repeated: [
    ['--anchor <file>', 'file of signed checkpoints that were kept elsewhere; repeatable'],
    ['--key <key>', 'trusted public key, or a file of keys; repeatable'],
  ],
  options: [['--json', 'print one line of JSON']],
  action: verify,
};

async function verify(input: Input): Promise<ExitName> {
  const keys = await readKeys(input.texts('key'));
  const anchors = await readAnchorFiles(input.texts('anchor'));
  const [named] = input.args;
  return withJournal(
    input,
    async (folder) => {
      const report = await verifyWithProgress(folder, { keys, anchors });
      const text = (): string => verificationText(report, folder);
      return printResult(input, verificationJson(report, folder), text, exitOf(report));
    },
    named === undefined ? 'none' : resolve(named),
  );
}

/** What is not signed by a key that is trusted proves nothing, which is not the same as a change. */
function exitOf({ kind, proven: { anchored, checkpointed } }: Verification): ExitName {
  if (kind === 'holds') return 'ok';
  const unproven = anchored === 'none' && checkpointed === 'none';
  return kind === 'unproven' || (kind === 'foreign_key' && unproven) ? 'unproven' : 'found';
}

async function verifyWithProgress(folder: string, options: Omit<VerifyOptions, 'progress'>): Promise<Verification> {
  const bar = createProgress(process.stderr);
  const start = performance.now();
  const progress = (done: number, total: number): void => {
    const rate = done / 1e3 / Math.max(1, performance.now() - start);
    bar.at(total === 0 ? 1 : done / total, `${rate.toFixed(0)} MB/s`);
  };
  try {
    return await verifyJournal(folder, { ...options, progress });
  } finally {
    bar.end();
  }
}
