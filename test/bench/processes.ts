/** What a process and its children cost, read from /proc: CPU time of all threads (ended ones too) and resident memory. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
  readonly pages: number;
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const PAGE_BYTES = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

/** CPU seconds, user and system, that the process, its live children and its already reaped children have used so far. */
export function cpuSeconds(pid: number): number {
  return family(pid).reduce((sum, stat) => sum + stat.ticks, 0) / TICKS_PER_SECOND;
}

/** Bytes of resident memory of the process and its live children. */
export function residentBytes(pid: number): number {
  return family(pid).reduce((sum, stat) => sum + stat.pages, 0) * PAGE_BYTES;
}

function family(root: number): readonly Stat[] {
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readStat(Number(name)) : []));
  const members = all.filter((stat) => stat.pid === root);
  if (members.length === 0) throw new Error(`process ${root} has gone`);
  for (let before = 0; before !== members.length;) {
    before = members.length;
    const pids = new Set(members.map((stat) => stat.pid));
    members.push(...all.filter((stat) => pids.has(stat.parent) && !pids.has(stat.pid)));
  }
  return members;
}

/** proc_pid_stat(5). The command may hold spaces and brackets, so the numbered fields start behind its last bracket. */
function readStat(pid: number): Stat[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const field = (number: number): number => Number(fields[number - 3]);
    // utime, stime, and the same of reaped children.
    const ticks = field(14) + field(15) + field(16) + field(17);
    return [{ pid, parent: field(4), ticks, pages: field(24) }];
  } catch {
    return []; // ended between the listing and the reading
  }
}
