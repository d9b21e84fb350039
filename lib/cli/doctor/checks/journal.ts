import type { Inspection, InspectionFailure } from '../../../journal/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

const { ok, warning, problem } = findingsOf('journal');

/** Says what a look at the journal means beside what the running instance says of it. */
export function checkJournal(around: Installation, found: Inspection | InspectionFailure): readonly Finding[] {
  return [...(found.kind === 'inspected' ? inspected(around, found) : uninspected(around, found)), ...written(around)];
}

function uninspected({ status }: Installation, found: InspectionFailure): readonly Finding[] {
  switch (found.kind) {
    case 'damaged': {
      const { segment, line, seq, detail, remedy } = found;
      return [problem(`damaged: ${segment}, line ${line}, record ${seq}: ${detail}`, remedy)];
    }
    case 'wrong_key':
      return [problem(found.detail, found.remedy)];
    case 'unreadable':
      if (found.code === 'ENOENT' && status.kind === 'not_running') {
        return [ok(`there is no journal yet: the first start makes it in ${found.directory}`)];
      }
      return [
        problem(
          `the journal in ${found.directory} cannot be read (${found.code})`,
          'ask with the account that tidegate runs as',
        ),
      ];
  }
}

function inspected({ config, status }: Installation, { holder, end, key }: Inspection): readonly Finding[] {
  const runs = status.kind === 'status';
  const folder = config['journal.folder'];
  return [
    ...endFindings(folder, end, runs),
    ...(key === 'ready' ? [] : [ok(`there is no key yet: the first start makes it in ${config['journal.key']}`)]),
    ...holderFindings(folder, holder, runs),
  ];
}

function endFindings(folder: string, end: Inspection['end'], runs: boolean): readonly Finding[] {
  if (end.kind === 'empty') return [ok(`there is no record yet in ${folder}`)];
  const { seq, segment, signedSize, unfinishedBytes } = end;
  const words = `${folder} ends with record ${seq}; ${segment} is chained, and signed up to record ${signedSize}`;
  // What a running instance is just writing is no fault.
  if (unfinishedBytes === 0 || runs) return [ok(words)];
  const left = `${unfinishedBytes} bytes behind record ${seq} are no whole line, as a crash leaves them`;
  return [ok(words), warning(left, 'the next start mends that, and records it')];
}

function holderFindings(folder: string, holder: Inspection['holder'], runs: boolean): readonly Finding[] {
  if (holder === 'free') {
    if (!runs) return [];
    return [problem(`nobody holds the lock of ${folder}, although tidegate runs`, 'restart it, and see its log')];
  }
  if (runs) return [];
  const who = holder.pid === 'not_visible' ? 'another process' : `process ${holder.pid}`;
  const remedy = 'it may be starting, or hang: see its log; a second instance needs a state folder of its own';
  return [problem(`${who} holds the lock of ${folder}, and gives no status`, remedy)];
}

/** What the running instance says: only it knows whether records reach the disk. */
function written({ status }: Installation): readonly Finding[] {
  if (status.kind !== 'status') return [];
  const { state, problem: told } = status.status.journal;
  if (state !== 'writing') {
    const remedy = state === 'full' ? 'make room: it goes on by itself' : 'restart tidegate when the disk is well';
    return [problem(`tidegate cannot write it (${state}): ${told ?? 'nothing more is known'}`, remedy)];
  }
  return told === null ? [] : [warning(told, 'see docs/operations.md, keeping the journal')];
}
