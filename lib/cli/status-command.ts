import type { Command } from 'commander';
import {
  styleOf,
  isGiven,
  settle,
  withSettings,
  type Adding,
  exitCodes,
  type ExitCode,
  complain,
  say,
  sayJson,
  since,
} from './console/index.js';
import { requestStatus, type Status } from '../app/status/index.js';
import { coloured, type Style, printable } from '../app/terminal/index.js';

/** Adds `status`. */
export function addStatusCommand(program: Command, add: Adding): void {
  const command = add(
    program,
    {
      usage: 'status',
      summary: 'ask the running tidegate how it is: exit code 0 well, 1 something needs a look, 3 not running',
      examples: ['tidegate status', 'tidegate status --state /var/lib/tidegate --json'],
    },
    showStatus,
  );
  withSettings(command, 'state').option('--json', 'as one JSON object');
}

async function showStatus(command: Command): Promise<ExitCode> {
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  const { state } = settled.config;
  const answer = await requestStatus(state);
  switch (answer.kind) {
    case 'not_running':
      return complain(
        exitCodes.notRunning,
        `no tidegate runs with the state folder ${state}`,
        'another one is named with --state',
      );
    case 'no_answer':
      return complain(
        exitCodes.notRunning,
        `the tidegate with the state folder ${state} gives no status`,
        answer.detail,
      );
    case 'status':
      if (isGiven(command, 'json')) sayJson(answer.status);
      else say(statusText(answer.status));
      return answer.status.degraded.length === 0 ? exitCodes.ok : exitCodes.found;
  }
}

function statusText(status: Status): string {
  const { policies, journal, checkpoint, anchors, sinks, users, connections, attempts, dns, log } = status;
  const style = styleOf(process.stdout);
  const well = status.stopping ? 'stopping' : 'running';
  const state =
    status.degraded.length === 0 ? coloured(well, 'good', style) : coloured(`${well}, degraded`, 'bad', style);
  const lines: readonly (readonly [string, string])[] = [
    ['tidegate', `${status.version}, ${state} for ${since(status.started, status.now)} (process ${status.pid})`],
    ...status.degraded.map((problem) => ['', coloured(problem, 'bad', style)] as const),
    ['listens', status.listeners.join(', ')],
    ['policies', `${policies.folder} at revision ${policies.revision}, ${policies.rules} rules`],
    ['', `in force for ${since(policies.adopted, status.now)}, looked at ${since(policies.checked, status.now)} ago`],
    ...policies.policies.map(({ name, mode, file }) => ['', `${mode} ${name} (${file})`] as const),
    ...policies.warnings.map((warning) => ['', coloured(`warning: ${warning}`, 'warning', style)] as const),
    ...(policies.rejected?.problems ?? []).map(
      (problem) => ['', coloured(`refused: ${problem}`, 'bad', style)] as const,
    ),
    ['journal', `${journal.folder}, ${journal.state}${journal.seq === null ? '' : `, ${journal.seq} records`}`],
    ...(journal.problem === null ? [] : [['', coloured(journal.problem, 'bad', style)] as const]),
    ...(checkpoint === null
      ? []
      : [['', `signed up to record ${checkpoint.size}, ${since(checkpoint.at, status.now)} ago`] as const]),
    ...anchors.flatMap((anchor, index) => anchorLines(anchor, index, status.now, style)),
    ...sinks.flatMap((sink, index) => sinkLines(sink, index, style)),
    ['users', users === null ? 'none' : `${users.count}${users.required ? ', required' : ', not required'}`],
    ...(users?.problems ?? []).map((problem) => ['', coloured(`refused: ${problem}`, 'bad', style)] as const),
    ['open', `${connections.open} of ${connections.limit} connections, ${connections.tunnels} tunnels`],
    [
      'attempts',
      `${attempts.allowed} allowed (${attempts.would_deny} of them would be denied), ${attempts.denied} denied`,
    ],
    ['', `${attempts.refused} refused, ${attempts.failed} failed, ${attempts.unrecorded} turned away unrecorded`],
    ['DNS', `${dns.cached} of ${dns.limit} names cached`],
    ...(log.dropped === 0 ? [] : [['log', coloured(`${log.dropped} lines lost`, 'warning', style)] as const]),
  ];
  return lines.map(([head, text]) => `${head.padEnd(10)}${text}`.trimEnd()).join('\n');
}

function anchorLines(
  { name, state, accepted, problem }: Status['anchors'][number],
  index: number,
  now: string,
  style: Style,
): readonly (readonly [string, string])[] {
  const has = accepted === null ? 'has nothing yet' : `${accepted.size} records, ${since(accepted.at, now)} ago`;
  return [
    [index === 0 ? 'anchors' : '', `${name} ${state.replace('_', ' ')}, ${has}`],
    ...(problem === null ? [] : [['', coloured(printable(problem), 'warning', style)] as const]),
  ];
}

function sinkLines(sink: Status['sinks'][number], index: number, style: Style): readonly (readonly [string, string])[] {
  const { name, state, accepted, lag, problem, skipped } = sink;
  const upTo = accepted === null ? 'nothing accepted yet' : `accepted up to record ${accepted.seq} at ${accepted.at}`;
  const behind = lag.records === 0 ? '' : `, ${lag.records} records and ${lag.seconds} s behind`;
  const left = skipped === 0 ? '' : `, ${skipped} refused records left out`;
  return [
    [index === 0 ? 'sinks' : '', `${name} ${state}, ${upTo}${behind}${left}`],
    ...(problem === null ? [] : [['', coloured(printable(problem), 'warning', style)] as const]),
  ];
}
