import type { ReadLine } from '../../../journal/index.js';
import { type Finding, findingsOf } from './finding.js';

const { ok, warning, problem } = findingsOf('clock');

/** How far two readings of correct clocks may differ. */
const TOLERANCE_MS = 2_000;
/** How far a clock that is being adjusted may drift from the monotonic one: 500 ppm, and a margin. */
const SLEWED = 0.001;
const REMEDY = 'check the time synchronisation of this machine (chronyc tracking, timedatectl, w32tm /query /status)';

/**
 * Compares the clock with what is known here: it is never before the newest record, nor before tidegate was installed, and
 * between two records of one process it advanced like the monotonic clock. Only a time server knows whether it is correct.
 *
 * `lines` are the newest of the journal, oldest first.
 */
export function checkClock(lines: readonly ReadLine[], now: Date, unpacked: Date): readonly Finding[] {
  const stamps = lines.flatMap((line) => (line.read === 'line' ? [line] : []));
  const newest = stamps.at(-1);
  const jumped = stamps.flatMap((line, index) => jumpBefore(line, stamps[index - 1]));
  const standing = newest === undefined ? sinceUnpacked(now, unpacked) : sinceRecord(newest, now, unpacked);
  return [standing, ...jumped.slice(-1)];
}

type Stamped = Extract<ReadLine, { readonly read: 'line' }>;

function sinceRecord({ seq, time }: Stamped, now: Date, unpacked: Date): Finding {
  const behindMs = Date.parse(time) - now.getTime();
  if (behindMs <= TOLERANCE_MS) return sinceUnpacked(now, unpacked);
  const words = `it is ${now.toISOString()}, which is ${Math.round(behindMs / 1_000)} s before record ${seq}`;
  return problem(`${words} (${time}): the clock was set back, or was wrong at that record`, REMEDY);
}

function sinceUnpacked(now: Date, unpacked: Date): Finding {
  const time = now.toISOString();
  if (unpacked.getTime() - now.getTime() > TOLERANCE_MS) {
    return problem(`it is ${time}, before tidegate was installed (${unpacked.toISOString()})`, REMEDY);
  }
  return ok(`it is ${time}, consistent with the records; only a time server knows whether it is correct`);
}

function jumpBefore(line: Stamped, before: Stamped | undefined): readonly Finding[] {
  if (before === undefined || before.boot !== line.boot) return [];
  const went = line.mono - before.mono;
  const jumpMs = Date.parse(line.time) - Date.parse(before.time) - went;
  if (Math.abs(jumpMs) <= TOLERANCE_MS + went * SLEWED) return [];
  const words = `the clock jumped by ${(jumpMs / 1_000).toFixed(1)} s between records ${before.seq} and ${line.seq}`;
  return [warning(`${words} (${line.time}), or the machine slept`, REMEDY)];
}
