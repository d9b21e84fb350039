import type { FaultKind, KeyUse, Notice, Verification } from '../../../journal/index.js';
import { counted } from '../../../system/values/index.js';
import { labelled, type LabelledLine } from '../../console/index.js';

/** The meaning of each fault. */
const FAULTS = {
  torn_tail: 'the end was not written completely, as a crash leaves it; the next start repairs it',
  changed: 'a record was changed',
  removed: 'records are missing',
  inserted: 'something was inserted',
  reordered: 'records are in another order than they were written in',
  truncated: 'the end is missing',
  foreign_key: 'signed by an untrusted key',
  bad_signature: 'a signature does not match what it signs',
  wrong_root: 'a signed checkpoint covers other records than these',
  unproven: 'nothing here is signed',
} as const satisfies Record<FaultKind, string>;

const TRUST = {
  given: 'given with --key',
  introduced: 'introduced by the previous key',
  first_seen: 'trusted on first use: pass --key with the key you know',
  not_trusted: 'not trusted',
} as const satisfies Record<KeyUse['trust'], string>;

/** The report for an auditor: what was checked, what was found, what is proven up to when, and what is not. */
export function verificationText(report: Verification, folder: string): string {
  const lines: readonly LabelledLine[] = [
    ...verdictLines(report, folder),
    ['checked', checked(report)],
    ...provenLines(report),
    ['not proven', notProven(report)],
    ...report.keys.map(
      ({ key, fromSeq, trust }) => ['key', `${key} from record ${fromSeq} on: ${TRUST[trust]}`] as const,
    ),
    ['anchors', anchorsText(report)],
    ...report.gaps.map((gap) => ['gap', gapText(gap)] as const),
    ...report.cuts.map((cut) => ['cut', cutText(cut)] as const),
    ...report.clocks.map((clock) => ['clock', clockText(clock)] as const),
  ];
  return labelled(lines, 12).join('\n');
}

function verdictLines(report: Verification, folder: string): readonly LabelledLine[] {
  if (report.kind === 'holds') return [['VALID', folder]];
  const { segment, line, offset, seq, kind, detail } = report;
  if (kind === 'unproven')
    return [
      ['UNPROVEN', folder],
      ['why', `${detail}: is this the right folder?`],
    ];
  const position = segment === 'none' ? '' : ` (${segment}, line ${line}, byte ${offset})`;
  return [
    ['INVALID', folder],
    ['found', `${kind}: ${FAULTS[kind]}`],
    ['first bad', `record ${seq}${position}: ${detail}`],
  ];
}

function checked({ segments, lines, firstSeq, last, bytes, checkpoints }: Verification): string {
  const range = lines === 0 ? '' : `, ${firstSeq} to ${last.seq}`;
  const contents = `${counted(segments, 'segment')}, ${counted(bytes, 'byte')}`;
  return `${counted(lines, 'record')}${range}, in ${contents}, with ${counted(checkpoints, 'signed checkpoint')}`;
}

function provenLines({ proven: { anchored, checkpointed } }: Verification): readonly LabelledLine[] {
  const lines: LabelledLine[] = [];
  if (anchored !== 'none') {
    const { seq, time, source } = anchored;
    lines.push(['proven', `up to record ${seq}, as of ${time}, by the anchor ${source}:`]);
    lines.push(['', 'a later change of these records would be detected, whatever keys a forger has']);
  }
  if (checkpointed !== 'none' && (anchored === 'none' || checkpointed.seq > anchored.seq)) {
    const { seq, time, key } = checkpointed;
    lines.push(['proven', `up to record ${seq}, as of ${time}, by signature in the journal:`]);
    lines.push(['', `a change of these records would be detected, unless a forger has the private key of ${key}`]);
  }
  return lines.length > 0 ? lines : [['proven', 'nothing: no signed checkpoint covers any record']];
}

function notProven({ kind, proven: { anchored, checkpointed, chained } }: Verification): string {
  const signed = Math.max(anchored === 'none' ? 0 : anchored.seq, checkpointed === 'none' ? 0 : checkpointed.seq);
  const linked = chained === 'none' ? 0 : chained.seq;
  const rest = kind === 'holds' ? 'nor that none are missing at the end' : `and nothing from record ${linked + 1} on`;
  if (linked <= signed)
    return kind === 'holds' ? 'that no record is missing at the end' : `anything from record ${linked + 1} on`;
  const time = chained === 'none' ? '' : `, up to ${chained.time}`;
  const which = linked === signed + 1 ? `record ${linked}` : `records ${signed + 1} to ${linked}`;
  return `${which}${time}: only chained, so a rewrite of all of them would not be detected; ${rest}`;
}

function anchorsText({ anchors: { agreeing, tooOld, ofOthers } }: Verification): string {
  if (agreeing + tooOld + ofOthers === 0) return 'none given: a forger who has the key would not be detected';
  return [
    `${agreeing} agree`,
    ...(tooOld > 0 ? [`${tooOld} cover records that are no longer kept`] : []),
    ...(ofOthers > 0 ? [`${ofOthers} belong to other journals`] : []),
  ].join(', ');
}

function gapText(gap: Notice): string {
  return `accepted in record ${gap.seq}, ${gap.time}, by ${field(gap, 'by')}: ${field(gap, 'reason')}`;
}

function cutText(cut: Notice): string {
  return `in record ${cut.seq}, ${cut.time}: ${field(cut, 'bytes')} bytes left by a crash`;
}

function clockText(clock: Notice): string {
  const where = `in record ${clock.seq}, ${clock.time}`;
  const { event, by_ms: byMs } = clock.content;
  if (typeof byMs === 'number') {
    const since = event === 'jumped' ? 'jumped' : 'at a start was far from the record before';
    return `${where}: ${since}, by ${(byMs / 1_000).toFixed(1)} s; expected ${field(clock, 'expected')}`;
  }
  return event === 'released'
    ? `${where}: removal released by ${field(clock, 'by')}`
    : `${where}: ${field(clock, 'event')}`;
}

function field({ content }: Notice, name: string): string {
  const value = content[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown';
}

/** The report as JSON. */
export function verificationJson(report: Verification, folder: string): object {
  const { proven, last } = report;
  return {
    verdict: report.kind,
    journal: folder,
    fault: faultOf(report),
    checked: {
      segments: report.segments,
      records: report.lines,
      bytes: report.bytes,
      checkpoints: report.checkpoints,
      first_seq: report.firstSeq,
      last_seq: last.seq,
      last_hash: last.hash,
    },
    proven: {
      anchored: orNull(proven.anchored),
      checkpointed: orNull(proven.checkpointed),
      chained: orNull(proven.chained),
    },
    keys: report.keys.map(({ key, fromSeq, trust }) => ({ key, from_seq: fromSeq, trust })),
    anchors: { agreeing: report.anchors.agreeing, too_old: report.anchors.tooOld, of_others: report.anchors.ofOthers },
    gaps: report.gaps,
    cuts: report.cuts,
    clocks: report.clocks,
  };
}

function faultOf(report: Verification): object | null {
  if (report.kind === 'holds') return null;
  const { kind, seq, segment, line, offset, detail } = report;
  return { kind, seq, segment, line, offset, detail };
}

function orNull<T>(value: T | 'none'): T | null {
  return value === 'none' ? null : value;
}
