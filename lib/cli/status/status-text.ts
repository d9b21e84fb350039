import type { Status } from '../../app/status/index.js';
import { coloured, type Meaning, printable } from '../../app/terminal/index.js';
import { counted } from '../../system/values/index.js';
import { duration, type LabelledLine, styleOf } from '../console/index.js';

/** A status for people: a label and a text each line. */
export function statusText(status: Status): string {
  const { listeners, users, connections, attempts, dns, log, journal, checkpoint, now } = status;
  const records = journal.seq === null ? '' : `, ${counted(journal.seq, 'record')}`;
  const tunnels = counted(connections.tunnels, 'tunnel');
  const anchors = status.anchors.map((anchor) => anchorLines(anchor, now));
  const lines: readonly LabelledLine[] = [
    ['tidegate', headText(status)],
    ...notes('bad', status.degraded),
    ['listens', listeners.join(', ')],
    ...policyLines(status),
    ['journal', `${journal.folder}, ${journal.state}${records}`],
    ...notes('bad', journal.problem === null ? [] : [journal.problem]),
    ...(checkpoint === null
      ? []
      : [['', `signed up to record ${checkpoint.size}, ${duration(checkpoint.at, now)} ago`] as const]),
    ...titled('anchors', anchors),
    ...titled('sinks', status.sinks.map(sinkLines)),
    ['users', users === null ? 'none' : `${users.count}, challenge ${users.challenge}`],
    ...(users === null ? [] : [['', logInsText(users.log_ins)] as const]),
    ...notes('bad', users?.problems ?? [], 'rejected: '),
    ['open', `${connections.open} of ${counted(connections.limit, 'connection')}, ${tunnels} (tidegate tunnels)`],
    [
      'attempts',
      `${attempts.allowed} allowed (${attempts.would_deny} by observe mode only), ${attempts.denied} denied`,
    ],
    ['', `${attempts.refused} refused, ${attempts.failed} failed, ${attempts.unrecorded} refused unrecorded`],
    ['DNS', `${dns.cached} of ${counted(dns.limit, 'name')} cached`],
    ...(log.dropped === 0 ? [] : [['log', painted('warning', `${counted(log.dropped, 'line')} dropped`)] as const]),
  ];
  return lines.map(([label, text]) => `${label.padEnd(10)}${text}`.trimEnd()).join('\n');
}

function headText({ version, started, now, pid, stopping, degraded }: Status): string {
  const state = stopping ? 'stopping' : 'running';
  const text = `${state} for ${duration(started, now)}`;
  const health = degraded.length === 0 ? painted('good', text) : painted('bad', `${text}, degraded`);
  return `${version}, ${health} (process ${pid})`;
}

function logInsText(counts: NonNullable<Status['users']>['log_ins']): string {
  const text = `log-ins: ${counts.verified + counts.remembered} verified, ${counts.rejected} wrong`;
  const limited = `${counts.rate_limited} rate-limited, ${counts.busy} refused as busy, ${counts.waiting} waiting`;
  return `${text}, ${limited}`;
}

function policyLines({ policies, now }: Status): readonly LabelledLine[] {
  return [
    ['policies', `${policies.folder} at revision ${policies.revision}, ${counted(policies.rules, 'rule')}`],
    ['', `in force for ${duration(policies.adopted, now)}, checked ${duration(policies.checked, now)} ago`],
    ...policies.policies.map(({ name, mode, file }) => ['', `${mode} ${name} (${file})`] as const),
    ...notes('warning', policies.warnings, 'warning: '),
    ...notes('bad', policies.rejected?.problems ?? [], 'rejected: '),
  ];
}

function anchorLines({ name, state, accepted, problem }: Status['anchors'][number], now: string): readonly string[] {
  const has =
    accepted === null ? 'has nothing yet' : `${counted(accepted.size, 'record')}, ${duration(accepted.at, now)} ago`;
  return [`${name} ${state.replace('_', ' ')}, ${has}`, ...problemText(problem)];
}

function sinkLines({ name, state, accepted, lag, problem, skipped }: Status['sinks'][number]): readonly string[] {
  const upTo = accepted === null ? 'nothing accepted yet' : `accepted up to record ${accepted.seq} at ${accepted.at}`;
  const behind = lag.records === 0 ? '' : `, ${counted(lag.records, 'record')} and ${lag.seconds} s behind`;
  const left = skipped === 0 ? '' : `, ${counted(skipped, 'rejected record')} skipped`;
  return [`${name} ${state}, ${upTo}${behind}${left}`, ...problemText(problem)];
}

function problemText(problem: string | null): readonly string[] {
  return problem === null ? [] : [painted('warning', printable(problem))];
}

function titled(label: string, blocks: readonly (readonly string[])[]): readonly LabelledLine[] {
  return blocks.flat().map((text, index) => [index === 0 ? label : '', text] as const);
}

function notes(meaning: Meaning, texts: readonly string[], before = ''): readonly LabelledLine[] {
  return texts.map((text) => ['', painted(meaning, before + text)] as const);
}

function painted(meaning: Meaning, text: string): string {
  return coloured(text, meaning, styleOf(process.stdout));
}
