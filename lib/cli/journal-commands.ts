import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { acceptGap, rotateKey, type GapAccepted, type JournalProblem } from '../journal/index.js';
import { printable } from '../app/terminal/index.js';
import {
  type Adding,
  complain,
  type ExitCode,
  exitCodes,
  isGiven,
  say,
  sayJson,
  settle,
  textOption,
  withSettings,
} from './console/index.js';

/** Adds `audit accept-gap` and `audit rotate-key`: what an administrator does to the journal of a stopped tidegate. */
export function addJournalCommands(group: Command, add: Adding): void {
  const accepts = add(
    group,
    {
      usage: 'accept-gap',
      summary: 'let a damaged journal go on behind its last good line; what is damaged is kept beside it, and recorded',
      examples: ["tidegate audit accept-gap --reason 'disk replaced after CHG-2041, files restored from backup'"],
    },
    accept,
  );
  accepts.requiredOption('--reason <text>', 'why this is right; it is recorded, with your user name');
  const rotates = add(
    group,
    {
      usage: 'rotate-key',
      summary: 'hand the journal over to another key; the old one and the new one sign that',
      examples: ['tidegate audit rotate-key --new /etc/tidegate/journal-2027.key'],
    },
    rotate,
  );
  rotates.requiredOption('--new <file>', 'the new private key, made by tidegate audit keygen');
  for (const command of [accepts, rotates]) {
    withSettings(command, 'state').option('--json', 'say the outcome as one line of JSON');
  }
}

async function accept(command: Command): Promise<ExitCode> {
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  const reason = textOption(command, 'reason').trim();
  if (reason === '') return complain(exitCodes.usage, '--reason must say why');
  const { 'journal.folder': directory, 'journal.key': keyFile } = settled.config;
  const accepted = await acceptGap({ directory, keyFile, reason, by: ownName() });
  if (accepted.kind === 'no_damage') return complain(exitCodes.found, `the journal in ${directory} is not damaged`);
  if (accepted.kind !== 'gap_accepted') return complainOf(accepted);
  if (isGiven(command, 'json')) sayJson(jsonOf(accepted));
  else say(textOf(accepted, directory));
  return exitCodes.ok;
}

function jsonOf({ lastSeq, files }: GapAccepted): object {
  const told = files.map(({ file, segment, offset, bytes, lines, sha256, readableSeq }) => {
    return { file, segment, offset, bytes, lines, sha256, readable_seq: readableSeq === 'none' ? null : readableSeq };
  });
  return { last_seq: lastSeq, files: told };
}

function textOf({ lastSeq, files }: GapAccepted, directory: string): string {
  return [
    `the journal goes on behind record ${lastSeq}; the gap is recorded and signed`,
    `kept in ${directory}, for whoever wants to know what was there:`,
    ...files.map(({ file, bytes, lines }) => `  ${file}  ${bytes} bytes, ${lines} lines`),
  ].join('\n');
}

async function rotate(command: Command): Promise<ExitCode> {
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  const newKeyFile = resolve(textOption(command, 'new'));
  const { 'journal.folder': directory, 'journal.key': keyFile } = settled.config;
  const rotated = await rotateKey({ directory, keyFile, newKeyFile });
  if (rotated.kind !== 'rotated') return complainOf(rotated);
  if (isGiven(command, 'json')) sayJson({ from: rotated.from, to: rotated.to, key: newKeyFile });
  else {
    say(`the journal is signed by ${rotated.to} from here on`);
    say(`now set journal.key to ${newKeyFile}: with the old key tidegate does not start any more`);
  }
  return exitCodes.ok;
}

const CODES = {
  locked: exitCodes.locked,
  unwritable: exitCodes.cannotWrite,
  wrong_key: exitCodes.config,
  damaged: exitCodes.config,
} as const satisfies Record<JournalProblem['kind'], ExitCode>;

function complainOf(problem: JournalProblem): ExitCode {
  const where = problem.kind === 'damaged' ? `${problem.segment}, line ${problem.line}, record ${problem.seq}: ` : '';
  return complain(CODES[problem.kind], printable(`${where}${problem.detail}`), problem.remedy);
}

/** The name of the account that gives the command. */
function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // An account without an entry, as in containers.
  }
}
