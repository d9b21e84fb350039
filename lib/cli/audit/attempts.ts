import {
  FOLD_SECONDS,
  followAttempts,
  journalTrail,
  type AttemptEvent,
  listAttempts,
  proposePins,
  showAttempt,
  type AttemptLookup,
} from '../../review/index.js';
import { counted } from '../../system/values/index.js';
import {
  type CommandSpec,
  complain,
  type ExitName,
  fail,
  type Input,
  interruptible,
  lineOf,
  type OptionText,
  print,
  printJson,
  settle,
  styleOf,
  tableOf,
} from '../console/index.js';
import { ATTEMPT_HEADS, ATTEMPT_WIDTHS, attemptCells, attemptJson } from './attempt-text.js';
import { nearestNow, type NearestNow } from './nearest-now.js';
import { shownText } from './show-text.js';
import { FILTER_OPTIONS, filterOf, withJournal } from './trail/index.js';

const JSON_LINES: OptionText = ['--json', 'print JSON, one object a line'];
const MAX_LIMIT = 1_000_000;

/** `audit list`, `audit tail` and `audit show`. */
export const attemptCommands: readonly CommandSpec[] = [
  {
    usage: 'list',
    summary: 'list attempts, newest first; consecutive identical refusals share a row',
    examples: [
      'tidegate audit list --since 1h --verdict denied',
      "tidegate audit list --destination '*.nuget.org' --user spaces-1.production --json",
      'tidegate audit list --since 7d --would-deny --limit 1000',
      'tidegate audit list --since 7d --outcome mismatch --fact host_key',
    ],
    settings: ['state'],
    options: [
      ...FILTER_OPTIONS,
      ['--limit <count>', 'maximum number of rows', '50'],
      ['--unfolded', 'a row for each of identical refusals'],
      JSON_LINES,
    ],
    action: list,
  },
  {
    usage: 'tail',
    summary: 'show attempts as they are decided and as they end, until interrupted',
    examples: ['tidegate audit tail', 'tidegate audit tail --verdict denied --json'],
    settings: ['state'],
    options: [...FILTER_OPTIONS, JSON_LINES],
    action: tail,
  },
  {
    usage: 'show <attempt>',
    summary:
      'show the final verdict of one attempt, what would allow it, and every record; a prefix of its id is enough',
    examples: ['tidegate audit show D257GE5Q07K3XW9A', 'tidegate audit show d257ge5q --json'],
    settings: ['state', 'policies'],
    options: [JSON_LINES],
    action: show,
  },
];

async function list(input: Input): Promise<ExitName> {
  const filter = filterOf(input);
  const text = input.text('limit');
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    fail('usage', `invalid --limit "${text}": use a whole number from 1 to ${MAX_LIMIT}`);
  }
  return withJournal(input, async (folder) => {
    const foldSeconds = input.has('unfolded') ? 'off' : FOLD_SECONDS;
    const query = { filter, limit, foldSeconds, order: 'newest_first' } as const;
    const { rows, isCut, unreadable } = await listAttempts(journalTrail(folder), query);
    if (input.has('json')) for (const row of rows) printJson(attemptJson(row));
    else if (rows.length === 0) print('no attempt matches');
    else print(tableOf(ATTEMPT_HEADS, rows.map(attemptCells)));
    if (isCut) {
      complain(
        `cut at --limit ${limit}: more attempts match, and these are the newest`,
        `list more with --limit (up to ${MAX_LIMIT}), or fewer with --since, --until or another filter`,
      );
    }
    if (unreadable === 0) return 'ok';
    fail('found', `skipped ${counted(unreadable, 'unreadable journal line')}`);
  });
}

async function tail(input: Input): Promise<ExitName> {
  const filter = filterOf(input);
  return withJournal(input, async (folder) => {
    const printEvent = input.has('json') ? printEventJson : printEventLine;
    await interruptible(async (signal) => {
      for await (const event of followAttempts(journalTrail(folder), filter, signal)) printEvent(event);
    });
    return 'ok';
  });
}

function printEventJson(event: AttemptEvent): void {
  if (event.kind === 'unreadable') printJson({ event: 'unreadable', ...event });
  else printJson({ event: event.kind, attempt: attemptJson(event.row) });
}

function printEventLine(event: AttemptEvent): void {
  if (event.kind === 'unreadable') print(`unreadable: ${event.segment}: ${event.detail}`);
  else print(lineOf(attemptCells(event.row), ATTEMPT_WIDTHS, styleOf(process.stdout)));
}

async function show(input: Input): Promise<ExitName> {
  const [id = ''] = input.args;
  return withJournal(input, async (folder) => {
    const shown = await showAttempt(journalTrail(folder), id);
    switch (shown.kind) {
      case 'attempt':
        await printAttempt(input, shown);
        return 'ok';
      case 'ambiguous':
        fail('found', `ambiguous id "${id}": several attempts begin with it; use more of its characters`, ...shown.ids);
      case 'not_found':
        fail('found', `no attempt "${id}" in the journal "${folder}"`);
      case 'not_an_id':
        fail('usage', shown.detail);
    }
  });
}

type Shown = Extract<AttemptLookup, { kind: 'attempt' }>;

async function printAttempt(input: Input, shown: Shown): Promise<void> {
  const { policies } = (await settle(input)).config;
  const { row } = shown;
  const now = row === 'no_decision' ? 'not_known' : await nearestNow(row.decision.content, policies);
  if (input.has('json')) printRecords(shown, now);
  else print(shownText(shown, now));
}

/** Prints the attempt as `audit list` does, its records as they stand in the journal, and then pins for the rule, if any. */
function printRecords({ id, row, records }: Shown, now: NearestNow | 'not_known'): void {
  if (row !== 'no_decision') {
    printJson({ ...attemptJson(row), nearest_now: now === 'not_known' ? null : now });
  }
  for (const { line } of records) print(line);
  const pins = records.flatMap(({ record }) =>
    record !== 'unreadable' && record.kind === 'close' ? proposePins(record.content) : [],
  );
  if (pins.length > 0) printJson({ attempt: id, pins });
}
