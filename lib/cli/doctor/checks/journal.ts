import type { Inspection, InspectionFailure } from '../../../journal/index.js';
import { remedyFor } from '../../../system/index.js';
import { counted } from '../../../system/values/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

const { ok, warning, problem } = findingsOf('journal');

/** Checks the journal on disk against the status of the running instance. */
export function checkJournal(installation: Installation, found: Inspection | InspectionFailure): readonly Finding[] {
  const onDisk = found.kind === 'inspected' ? inspected(installation, found) : uninspected(installation, found);
  return [onDisk, written(installation)].flat();
}

function uninspected({ status }: Installation, found: InspectionFailure): Finding {
  switch (found.kind) {
    case 'damaged': {
      const { segment, line, seq, detail, remedy } = found;
      return problem(`damaged: ${segment}, line ${line}, record ${seq}: ${detail}`, remedy, 'would_fail');
    }
    case 'wrong_key':
    case 'newer_format':
      return problem(found.detail, found.remedy, 'would_fail');
    case 'unreadable':
      if (found.code === 'ENOENT' && status.kind === 'not_running') {
        return ok(`no journal yet: the first start creates it in ${found.directory}`);
      }
      return problem(
        `cannot read the journal in "${found.directory}" (${found.code})`,
        remedyFor(found.code, 'check the folder and its disk'),
      );
  }
}

function inspected({ config, status }: Installation, { holder, end, key }: Inspection): readonly Finding[] {
  const runs = status.kind === 'status';
  const folder = config['journal.folder'];
  return [
    endFindings(folder, end, runs),
    key === 'ready' ? [] : ok(`no key yet: the first start creates it in ${config['journal.key']}`),
    holderFindings(folder, holder, runs),
  ].flat();
}

function endFindings(folder: string, end: Inspection['end'], runs: boolean): readonly Finding[] {
  if (end.kind === 'empty') return [ok(`no record yet in ${folder}`)];
  const { seq, segment, signedSize, unfinishedBytes } = end;
  const words = `${folder} ends with record ${seq}; ${segment} is chained, and signed up to record ${signedSize}`;
  // A running instance may be writing this line.
  if (unfinishedBytes === 0 || runs) return [ok(words)];
  const left = `${counted(unfinishedBytes, 'byte')} after record ${seq} are not a whole line, as a crash leaves them`;
  return [ok(words), warning(left, 'the next start repairs this, and records it')];
}

function holderFindings(folder: string, holder: Inspection['holder'], runs: boolean): readonly Finding[] {
  if (runs === (holder !== 'free')) return [];
  if (holder === 'free') {
    const words = `no process holds the lock of ${folder}, although an instance runs`;
    return [problem(words, 'restart tidegate, and read its log', 'advised')];
  }
  const who = holder.pid === 'not_visible' ? 'another process' : `process ${holder.pid}`;
  const remedy = 'it may be starting, or hang: read its log; a second instance needs another state folder';
  return [problem(`${who} holds the lock of ${folder}, but gives no status`, remedy)];
}

/** The state of the journal in the running instance: only it knows whether records are durable. */
function written({ status }: Installation): readonly Finding[] {
  if (status.kind !== 'status') return [];
  const { state, problem: detail, removal_held: held } = status.status.journal;
  if (state !== 'writing') {
    const words = `tidegate cannot write it (${state}): ${detail ?? 'no details'}`;
    return [
      state === 'full'
        ? problem(words, 'free disk space: writing resumes automatically', 'would_fail')
        : problem(words, 'restart tidegate when the disk works again', 'advised'),
    ];
  }
  return [
    detail === null ? [] : warning(detail, 'see docs/operations/audit-trail.md, keeping the journal'),
    held === null ? [] : heldFinding(held),
  ].flat();
}

type RemovalHeld = NonNullable<
  Extract<Installation['status'], { kind: 'status' }>['status']['journal']['removal_held']
>;

function heldFinding({ since, remaining_seconds: seconds }: RemovalHeld): Finding {
  const words = `nothing is removed by journal.keep-for for another ${Math.ceil(seconds / 60)} minutes of uptime`;
  const remedy = 'check the clock of this machine; if it is right: tidegate audit release-removal';
  return warning(`${words}: the clock was not to be trusted at ${since}`, remedy);
}
