import { access } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  FOLD_SECONDS,
  type Filter,
  type FilterTexts,
  followAttempts,
  type Happening,
  listAttempts,
  readFilter,
  showAttempt,
} from '../review/index.js';
import { addJournalCommands } from './journal-commands.js';
import { attemptCells, attemptHeads, attemptJson, attemptWidths, recordText } from './audit-text.js';
import {
  type Adding,
  complain,
  type ExitCode,
  exitCodes,
  isGiven,
  lineOf,
  looksOf,
  say,
  sayJson,
  settle,
  tableOf,
  textOption,
  withSettings,
} from './console/index.js';

/** Adds `audit list`, `audit tail` and `audit show`. */
export function addAuditCommands(program: Command, add: Adding): void {
  const group = program.command('audit').description('read the audit trail; a running tidegate is not disturbed');
  addJournalCommands(group, add);
  const list = add(
    group,
    {
      usage: 'list',
      summary: 'list attempts, the newest first; identical refusals in a row are one line',
      examples: [
        'tidegate audit list --since 1h --verdict denied',
        "tidegate audit list --destination '*.nuget.org' --user spaces-1.production --json",
        'tidegate audit list --since 7d --would-deny --limit 1000',
      ],
    },
    listOrComplain,
  );
  const tail = add(
    group,
    {
      usage: 'tail',
      summary: 'show attempts as they are decided and as they end, until interrupted',
      examples: ['tidegate audit tail', 'tidegate audit tail --verdict denied --json'],
    },
    tailOrComplain,
  );
  const show = add(
    group,
    {
      usage: 'show <attempt>',
      summary: 'show every record of one attempt; the id is in the reply that the client got, its beginning is enough',
      examples: ['tidegate audit show 0199d1f0-8a00-7c3e-b1f5-3d9c2a7e4f10'],
    },
    showOne,
  );
  for (const command of [list, tail]) withFilter(command);
  list.option('--limit <count>', 'lines at most', '50').option('--unfolded', 'a line for each of identical refusals');
  for (const command of [list, tail, show])
    withSettings(command, 'state').option('--json', 'as JSON, one object a line');
}

const filterOptions = {
  since: ['--since <when>', 'received from then on: 90s, 15m, 2h, 7d ago, or 2026-01-31T10:00 (UTC)'],
  until: ['--until <when>', 'received before'],
  user: ['--user <name>', 'the proxy user'],
  client: ['--client <range>', 'the address of the client, or its network'],
  destination: ['--destination <where>', 'a host, host:port, *.name, an address or a range'],
  port: ['--port <port>', 'the port of the destination'],
  verdict: ['--verdict <verdict>', 'allowed, denied, refused or failed'],
  reason: ['--reason <reason>', 'the reason, such as destination_not_allowed'],
  rule: ['--rule <rule>', 'the rule that decided: id, or policy/id'],
  policy: ['--policy <name>', 'the policy that decided'],
  text: ['--text <text>', 'any text in the record'],
} as const satisfies Record<Exclude<keyof FilterTexts, 'wouldDeny'>, readonly [string, string]>;

function withFilter(command: Command): void {
  for (const [flag, what] of Object.values(filterOptions)) command.option(flag, what);
  command.option('--would-deny', 'only what observe mode let pass');
}

/** The filter that was asked for. Tells everything that is wrong with it, and answers 2 then. */
function filterOf(command: Command): Filter | ExitCode {
  const texts = Object.keys(filterOptions).flatMap((name) => {
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

async function listOrComplain(command: Command): Promise<ExitCode> {
  const filter = filterOf(command);
  if (typeof filter === 'number') return filter;
  const limit = Number(textOption(command, 'limit'));
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000) {
    return complain(exitCodes.usage, '--limit must be a whole number from 1 to 1000000');
  }
  return withJournal(command, async (folder) => {
    const foldSeconds = isGiven(command, 'unfolded') ? 'off' : FOLD_SECONDS;
    const { rows, unreadable } = await listAttempts(folder, { filter, limit, foldSeconds, order: 'newest_first' });
    if (isGiven(command, 'json')) for (const row of rows) sayJson(attemptJson(row));
    else if (rows.length === 0) say('no attempt matches');
    else say(tableOf(attemptHeads, rows.map(attemptCells)));
    if (unreadable === 0) return exitCodes.ok;
    return complain(exitCodes.found, `${unreadable} lines of the journal could not be read and are left out`);
  });
}

async function tailOrComplain(command: Command): Promise<ExitCode> {
  const filter = filterOf(command);
  if (typeof filter === 'number') return filter;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  // Nobody reads any more.
  process.stdout.once('error', () => stop.abort());
  return withJournal(command, async (folder) => {
    const tell = isGiven(command, 'json') ? tellJson : tellLine;
    for await (const happening of followAttempts(folder, filter, stop.signal)) tell(happening);
    return exitCodes.ok;
  });
}

function tellJson(happening: Happening): void {
  if (happening.kind === 'unreadable') sayJson({ event: 'unreadable', ...happening });
  else sayJson({ event: happening.kind, attempt: attemptJson(happening.row) });
}

function tellLine(happening: Happening): void {
  if (happening.kind === 'unreadable') say(`unreadable: ${happening.segment}: ${happening.detail}`);
  else say(lineOf(attemptCells(happening.row), attemptWidths, looksOf(process.stdout)));
}

async function showOne(command: Command): Promise<ExitCode> {
  const [id = ''] = command.args;
  return withJournal(command, async (folder) => {
    const shown = await showAttempt(folder, id);
    switch (shown.kind) {
      case 'attempt':
        if (isGiven(command, 'json')) for (const { line } of shown.records) say(line);
        else say([`attempt ${shown.id}`, ...shown.records.map(recordText)].join('\n\n'));
        return exitCodes.ok;
      case 'ambiguous':
        return complain(exitCodes.found, `several attempts begin with ${id}`, ...shown.ids);
      case 'not_found':
        return complain(exitCodes.found, `no attempt ${id} is in ${folder}`);
      case 'not_an_id':
        return complain(exitCodes.usage, shown.detail);
    }
  });
}

/** Asks the journal of the state folder, or says that it cannot be read. */
async function withJournal(command: Command, ask: (folder: string) => Promise<ExitCode>): Promise<ExitCode> {
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  const { folder } = settled.config.journal;
  try {
    await access(folder);
    return await ask(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'none';
    if (code === 'none') throw error;
    return complain(
      exitCodes.unreadable,
      `the journal in ${folder} cannot be read (${code})`,
      'another state folder is named with --state',
    );
  }
}
