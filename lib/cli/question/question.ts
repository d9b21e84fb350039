import { access } from 'node:fs/promises';
import type { Command } from 'commander';
import { type Filter, type FilterTexts, readFilter } from '../../review/index.js';
import { errorCode } from '../../system/index.js';
import { complain, type ExitCode, exitCodes, isGiven, settle, textOption } from '../console/index.js';

const filterOptions = {
  since: ['--since <when>', 'from then on: 90s, 15m, 2h, 7d ago, or 2026-01-31T10:00 (UTC)'],
  until: ['--until <when>', 'before then'],
  user: ['--user <name>', 'the proxy user'],
  client: ['--client <range>', 'the address of the client, or its network'],
  destination: ['--destination <where>', 'a host, host:port, *.name, an address or a range'],
  port: ['--port <port>', 'the port of the destination'],
  verdict: ['--verdict <verdict>', 'allowed, denied, refused or failed'],
  reason: ['--reason <reason>', 'the reason, such as destination_not_allowed'],
  rule: ['--rule <rule>', 'the rule that decided: id, or policy/id'],
  policy: ['--policy <name>', 'the policy that decided'],
  text: ['--text <text>', 'any text in the record'],
} as const;

/** What the ends of attempts tell, for those who wait for them. */
const endOptions = {
  outcome: [
    '--outcome <outcome>',
    'what a check in the tunnel came to: verified, probed, mismatch, not_visible, not_checked',
  ],
  fact: ['--fact <fact>', 'of which fact: server_name, thumbprint, client_thumbprint, host_key'],
} as const;

const allOptions = { ...filterOptions, ...endOptions } as const satisfies Record<
  Exclude<keyof FilterTexts, 'wouldDeny'>,
  readonly [string, string]
>;

/** Adds the options that say which attempts are asked for. The times are those when something was received, or written. */
export function withFilter(command: Command, times: 'received' | 'written'): void {
  for (const [name, [flag, what]] of Object.entries(times === 'received' ? allOptions : filterOptions)) {
    command.option(flag, name === 'since' || name === 'until' ? `${times} ${what}` : what);
  }
  command.option('--would-deny', 'only what observe mode let pass');
}

/** The filter that was asked for. Tells everything that is wrong with it, and answers 2 then. */
export function filterOf(command: Command): Filter | ExitCode {
  const texts = Object.keys(allOptions).flatMap((name) => {
    const text = textOption(command, name);
    return text === 'none' ? [] : [[name, text] as const];
  });
  const read = readFilter({ ...Object.fromEntries(texts), wouldDeny: isGiven(command, 'would-deny') }, new Date());
  if (read.kind === 'filter') return read.filter;
  return complain(
    exitCodes.usage,
    'the question cannot be read',
    ...read.problems.map(({ field, detail }) => `--${field} ${detail}`),
  );
}

/** Asks the journal of the state folder, or says that it cannot be read. */
export async function withJournal(command: Command, ask: (folder: string) => Promise<ExitCode>): Promise<ExitCode> {
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  const folder = settled.config['journal.folder'];
  try {
    await access(folder);
    return await ask(folder);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'none') throw error;
    return complain(
      exitCodes.unreadable,
      `the journal in ${folder} cannot be read (${code})`,
      'another state folder is named with --state',
    );
  }
}
