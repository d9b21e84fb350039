import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { printable } from '../../app/terminal/index.js';
import {
  acceptGap,
  releaseRemoval,
  rotateKey,
  type GapAccepted,
  type JournalOptions,
  type JournalProblem,
} from '../../journal/index.js';
import { counted } from '../../system/values/index.js';
import { type CommandSpec, type ExitName, fail, type Input, settle, printResult } from '../console/index.js';

/** `audit accept-gap`, `audit rotate-key` and `audit release-removal`: what an administrator does to a journal. */
export const administrationCommands: readonly CommandSpec[] = [
  {
    usage: 'accept-gap',
    summary: 'continue a damaged journal after its last good line; the damaged part is kept, and the gap recorded',
    examples: ["tidegate audit accept-gap --reason 'disk replaced after CHG-2041, files restored from backup'"],
    settings: ['state'],
    required: [['--reason <text>', 'why the gap is accepted; recorded with your user name']],
    options: [['--json', 'print the outcome as one line of JSON']],
    action: accept,
  },
  {
    usage: 'rotate-key',
    summary: 'rotate the signing key (signed by both keys)',
    examples: ['tidegate audit rotate-key --new /etc/tidegate/journal-2027.key'],
    settings: ['state'],
    required: [['--new <file>', 'new private key, made by tidegate audit keygen']],
    options: [['--json', 'print the outcome as one line of JSON']],
    action: rotate,
  },
  {
    usage: 'release-removal',
    summary: 'release the hold that a jump of the clock put on removal by journal.keep-for; recorded',
    examples: ["tidegate audit release-removal --reason 'clock corrected after CHG-2041'"],
    settings: ['state'],
    options: [
      ['--reason <text>', 'why the clock can be trusted; recorded with your user name'],
      ['--json', 'print the outcome as one line of JSON'],
    ],
    action: release,
  },
];

async function accept(input: Input): Promise<ExitName> {
  const location = await locate(input);
  const { directory } = location;
  const reason = input.text('reason').trim();
  if (reason === '') fail('usage', 'empty --reason: name the reason for accepting the gap');
  const accepted = await acceptGap({ ...location, reason, by: accountName() });
  if (accepted.kind === 'no_damage') fail('found', `the journal in "${directory}" is not damaged`);
  if (accepted.kind !== 'gap_accepted') failFor(accepted);
  return printResult(input, jsonOf(accepted), () => textOf(accepted, directory));
}

function jsonOf({ lastSeq, files }: GapAccepted): object {
  return {
    last_seq: lastSeq,
    files: files.map(({ file, segment, offset, bytes, lines, sha256, readableSeq }) => {
      return { file, segment, offset, bytes, lines, sha256, readable_seq: readableSeq === 'none' ? null : readableSeq };
    }),
  };
}

function textOf({ lastSeq, files }: GapAccepted, directory: string): string {
  return [
    `the journal continues after record ${lastSeq}; the gap is recorded and signed`,
    `the damaged part is kept in ${directory}:`,
    ...files.map(({ file, bytes, lines }) => `  ${file}  ${counted(bytes, 'byte')}, ${counted(lines, 'line')}`),
  ].join('\n');
}

async function rotate(input: Input): Promise<ExitName> {
  const location = await locate(input);
  const newKeyFile = resolve(input.text('new'));
  const rotated = await rotateKey({ ...location, newKeyFile });
  if (rotated.kind !== 'rotated') failFor(rotated);
  const { from, to } = rotated;
  const advice = `set journal.key to ${newKeyFile}: tidegate no longer starts with the old key`;
  return printResult(
    input,
    { from, to, key: newKeyFile },
    () => `the journal is signed by ${to} from now on\n${advice}`,
  );
}

async function release(input: Input): Promise<ExitName> {
  const location = await locate(input);
  const { directory } = location;
  const reason = input.has('reason') ? input.text('reason').trim() : '';
  const released = await releaseRemoval({ ...location, reason, by: accountName() });
  switch (released.kind) {
    case 'released': {
      const { why, since } = released.hold;
      const text = (): string => `removal by journal.keep-for is released; it was held since ${since}`;
      return printResult(input, { released: true, why, since }, text);
    }
    case 'not_held':
      fail('found', `removal is not held in the journal "${directory}"`);
    case 'held_again':
      fail('found', `the clock jumped again: removal is held since ${released.hold.since}`, 'check the clock first');
    case 'not_taken':
      fail(
        'found',
        `the running instance did not take the order for the journal "${directory}"`,
        'run this as the account of tidegate; if that does not help, read its log',
      );
    default:
      failFor(released);
  }
}

/** The journal, and how long it is kept. */
async function locate(input: Input): Promise<Pick<JournalOptions, 'directory' | 'keyFile' | 'keepMs'>> {
  const { config } = await settle(input);
  const { 'journal.folder': directory, 'journal.key': keyFile, 'journal.keep-for': keepMs } = config;
  return { directory, keyFile, keepMs };
}

const EXITS = {
  locked: 'locked',
  unwritable: 'cannotWrite',
  wrong_key: 'config',
  newer_format: 'config',
  damaged: 'config',
} as const satisfies Record<JournalProblem['kind'], ExitName>;

function failFor(problem: JournalProblem): never {
  const position =
    problem.kind === 'damaged' ? `${problem.segment}, line ${problem.line}, record ${problem.seq}: ` : '';
  fail(EXITS[problem.kind], printable(`${position}${problem.detail}`), problem.remedy);
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // An account without an entry, as in containers.
  }
}
