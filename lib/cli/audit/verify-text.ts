import type { FaultKind, KeyUse, Notice, Verification } from '../../journal/index.js';
import { printable } from '../../app/terminal/index.js';

/** What each fault means, in words for whoever is to judge it. */
const WORDS = {
  torn_tail: 'the end was not written whole, as a crash leaves it; the next start mends that',
  changed: 'a record is not what was written',
  removed: 'records are missing',
  inserted: 'something was put in that was not written there',
  reordered: 'records stand in another order than they were written in',
  truncated: 'the end is missing',
  foreign_key: 'signed by a key that is not trusted',
  bad_signature: 'a signature does not hold',
  wrong_root: 'what was signed speaks of other records than these',
} as const satisfies Record<FaultKind, string>;

const TRUST = {
  given: 'given to this check',
  introduced: 'introduced by the key before it',
  first_seen: 'the first one in the journal, taken at its word: give the key that you know with --key',
  not_trusted: 'not trusted',
} as const satisfies Record<KeyUse['trust'], string>;

/** Tells an auditor what was checked, what was found, what is proven up to when, and what is not. */
export function verificationText(report: Verification, folder: string): string {
  const rows = [
    ...verdictRows(report, folder),
    ['checked', checked(report)] as const,
    ...provenRows(report),
    ['not proven', notProven(report)] as const,
    ...report.keys.map(
      ({ key, fromSeq, trust }) => ['key', `${key} from record ${fromSeq} on: ${TRUST[trust]}`] as const,
    ),
    ...anchorRows(report),
    ...toldRows(report),
  ];
  return rows.map(([head, text]) => printable(`${head.padEnd(12)}${text}`)).join('\n');
}

type Row = readonly [head: string, text: string];

function verdictRows(report: Verification, folder: string): readonly Row[] {
  if (report.kind === 'holds') return [['HOLDS', folder]];
  const { segment, line, offset, seq, kind, detail } = report;
  const place = segment === 'none' ? '' : ` (${segment}, line ${line}, byte ${offset})`;
  return [
    ['FAILS', folder],
    ['found', `${kind}: ${WORDS[kind]}`],
    ['first bad', `record ${seq}${place}: ${detail}`],
  ];
}

function checked({ segments, lines, firstSeq, last, bytes, checkpoints }: Verification): string {
  const range = lines === 0 ? '' : `, ${firstSeq} to ${last.seq}`;
  return `${lines} records${range}, in ${segments} ${segments === 1 ? 'segment' : 'segments'}, ${bytes} bytes, with ${checkpoints} signed checkpoints`;
}

function provenRows({ proven: { anchored, checkpointed } }: Verification): readonly Row[] {
  const rows: Row[] = [];
  if (anchored !== 'none') {
    const { seq, time, source } = anchored;
    rows.push(['proven', `up to record ${seq}, as of ${time}, by what was kept elsewhere (${source}):`]);
    rows.push(['', 'nobody can have changed those records since, whatever keys they own']);
  }
  if (checkpointed !== 'none' && (anchored === 'none' || checkpointed.seq > anchored.seq)) {
    const { seq, time, key } = checkpointed;
    rows.push(['proven', `up to record ${seq}, as of ${time}, by signature in the journal:`]);
    rows.push(['', `nobody can have changed those records without the private key of ${key}`]);
  }
  return rows.length > 0 ? rows : [['proven', 'nothing: no signed statement covers any record']];
}

function notProven({ kind, proven: { anchored, checkpointed, chained } }: Verification): string {
  const signed = Math.max(anchored === 'none' ? 0 : anchored.seq, checkpointed === 'none' ? 0 : checkpointed.seq);
  const linked = chained === 'none' ? 0 : chained.seq;
  const rest = kind === 'holds' ? 'nor that none are missing at the end' : `and nothing from record ${linked + 1} on`;
  if (linked <= signed)
    return kind === 'holds' ? 'that no record is missing at the end' : `anything from record ${linked + 1} on`;
  const time = chained === 'none' ? '' : `, up to ${chained.time}`;
  const which = linked === signed + 1 ? `record ${linked}` : `records ${signed + 1} to ${linked}`;
  return `${which}${time}: only chained, so whoever wrote all of that anew is not found; ${rest}`;
}

function anchorRows({ anchors: { agreeing, tooOld, ofOthers } }: Verification): readonly Row[] {
  if (agreeing + tooOld + ofOthers === 0) return [['anchors', 'none were given: whoever has the key is not found']];
  const parts = [`${agreeing} agree`];
  if (tooOld > 0) parts.push(`${tooOld} speak of records that are no longer kept`);
  if (ofOthers > 0) parts.push(`${ofOthers} speak of other journals`);
  return [['anchors', parts.join(', ')]];
}

function toldRows({ gaps, cuts }: Verification): readonly Row[] {
  return [
    ...gaps.map(
      (told) =>
        [
          'gap',
          `accepted in record ${told.seq}, ${told.time}, by ${said(told, 'by')}: ${said(told, 'reason')}`,
        ] as const,
    ),
    ...cuts.map(
      (told) => ['cut', `in record ${told.seq}, ${told.time}: ${said(told, 'bytes')} bytes that a crash left`] as const,
    ),
  ];
}

function said({ content }: Notice, name: string): string {
  const value = content[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown';
}

/** The same as a value for other programs. */
export function verificationJson(report: Verification, folder: string): object {
  const { proven, last } = report;
  const fault =
    report.kind === 'holds'
      ? null
      : {
          kind: report.kind,
          seq: report.seq,
          segment: report.segment,
          line: report.line,
          offset: report.offset,
          detail: report.detail,
        };
  return {
    verdict: report.kind,
    journal: folder,
    fault,
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
  };
}

function orNull<T>(value: T | 'none'): T | null {
  return value === 'none' ? null : value;
}
