import type { Command } from 'commander';
import {
  FOLD_SECONDS,
  followAttempts,
  journalTrail,
  type AttemptEvent,
  listAttempts,
  proposePins,
  showAttempt,
  type AttemptLookup,
} from '../review/index.js';
import { addKeygenCommand, addVerifyCommand } from './audit/index.js';
import { addJournalCommands } from './journal-commands.js';
import { filterOf, withFilter, withJournal } from './question/index.js';
import { attemptCells, attemptHeads, attemptJson, attemptWidths, recordText } from './audit-text.js';

import {
  styleOf,
  type Adding,
  complain,
  type ExitCode,
  exitCodes,
  isGiven,
  lineOf,
  say,
  sayJson,
  tableOf,
  textOption,
  withSettings,
} from './console/index.js';

/** Adds `audit` with `list`, `tail` and `show`, and gives the group, so that others can add to it. */
export function addAuditCommands(program: Command, add: Adding): Command {
  const group = program.command('audit').description('read the audit trail; a running tidegate is not disturbed');
  addVerifyCommand(group, add);
  addKeygenCommand(group, add);
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
        'tidegate audit list --since 7d --outcome mismatch --fact host_key',
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
      summary:
        'show every record of one attempt, and what could be pinned; the id is in the reply that the client got, its beginning is enough',
      examples: ['tidegate audit show 0199d1f0-8a00-7c3e-b1f5-3d9c2a7e4f10'],
    },
    showOne,
  );
  for (const command of [list, tail]) withFilter(command, 'received');
  list.option('--limit <count>', 'lines at most', '50').option('--unfolded', 'a line for each of identical refusals');
  for (const command of [list, tail, show])
    withSettings(command, 'state').option('--json', 'as JSON, one object a line');
  return group;
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
    const { rows, unreadable } = await listAttempts(journalTrail(folder), {
      filter,
      limit,
      foldSeconds,
      order: 'newest_first',
    });
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
    for await (const happening of followAttempts(journalTrail(folder), filter, stop.signal)) tell(happening);
    return exitCodes.ok;
  });
}

function tellJson(happening: AttemptEvent): void {
  if (happening.kind === 'unreadable') sayJson({ event: 'unreadable', ...happening });
  else sayJson({ event: happening.kind, attempt: attemptJson(happening.row) });
}

function tellLine(happening: AttemptEvent): void {
  if (happening.kind === 'unreadable') say(`unreadable: ${happening.segment}: ${happening.detail}`);
  else say(lineOf(attemptCells(happening.row), attemptWidths, styleOf(process.stdout)));
}

async function showOne(command: Command): Promise<ExitCode> {
  const [id = ''] = command.args;
  return withJournal(command, async (folder) => {
    const shown = await showAttempt(journalTrail(folder), id);
    switch (shown.kind) {
      case 'attempt':
        if (isGiven(command, 'json')) tellRecords(shown);
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

/** The records as they stand in the journal, and then what could be pinned, if anything. */
function tellRecords({ id, records }: Extract<AttemptLookup, { kind: 'attempt' }>): void {
  for (const { line } of records) say(line);
  const pins = records.flatMap(({ record }) =>
    record !== 'unreadable' && record.kind === 'close' ? proposePins(record.content) : [],
  );
  if (pins.length > 0) sayJson({ attempt: id, pins });
}
