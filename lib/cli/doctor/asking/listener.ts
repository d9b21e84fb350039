import { formatListen } from '../../../config/index.js';
import { printable } from '../../../app/terminal/index.js';
import { type Asked, askProxy, errorTypeIn, fieldIn } from './ask-proxy.js';
import { type Finding, findingsOf, type Installation } from '../checks/index.js';

const { ok, warning, problem, skipped } = findingsOf('listener');

/** An address and a port that clients connect to. */
export interface Door {
  readonly host: string;
  readonly port: number;
}

/** Every listener looked at, and the first at which tidegate answers. */
export interface Listening {
  readonly findings: readonly Finding[];
  readonly open: Door | 'none';
}

const PATIENCE_MS = 5_000;

/**
 * Connects to every listener and asks for a tunnel to that very listener: what policy can never allow, so that nothing is
 * looked up or dialled for it. Where users are not required that is recorded, as any refusal is.
 */
export async function checkListeners(around: Installation): Promise<Listening> {
  const doors = doorsOf(around);
  if (doors.length === 0) {
    return { findings: [skipped('the port is chosen at the start, and no tidegate runs')], open: 'none' };
  }
  const asked = await Promise.all(doors.map(async (door) => ({ door, asked: await ask(door) })));
  const findings = asked.map((each) => judge(each.door, each.asked, around));
  const answering = asked.find((each) => isOurs(each.asked));
  return { findings: [...findings, ...movedSince(around)], open: answering === undefined ? 'none' : answering.door };
}

/** Where the instance says that it listens; where none runs, what it would be told. */
function doorsOf({ config, status }: Installation): readonly Door[] {
  const told = status.kind === 'status' ? status.status.listeners.map(doorIn) : config.listen;
  return told.filter(({ port }) => port !== 0).map(({ host, port }) => ({ host: reachable(host), port }));
}

function doorIn(text: string): Door {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** Every interface is no address to connect to. */
function reachable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
}

function ask(door: Door): Promise<Asked> {
  return askProxy({ to: door, authority: formatListen(door), credentials: 'none', patienceMs: PATIENCE_MS });
}

function isOurs(asked: Asked): boolean {
  return asked.kind === 'answer' && errorTypeIn(asked.head) !== 'not_ours';
}

function judge(door: Door, asked: Asked, { status }: Installation): Finding {
  const where = formatListen(door);
  // One that gives no status may well be ours: it hangs, is of another version, or runs as another account.
  const runs = status.kind !== 'not_running';
  switch (asked.kind) {
    case 'no_listener':
      if (!runs) return skipped(`nothing listens on ${where}: no tidegate runs`);
      return problem(
        `nothing listens on ${where} (${asked.code})`,
        'a firewall of this machine may keep the port from us; else restart tidegate',
      );
    case 'silent':
      return problem(
        `what listens on ${where} gives no whole answer within ${PATIENCE_MS / 1_000} s`,
        runs ? "see whether the disk or the machine hangs, and what tidegate's log says" : whoListens(door),
      );
    case 'foreign':
      return problem(`something else than tidegate listens on ${where}: ${asked.detail}`, whoListens(door));
    case 'answer':
      return judgeAnswer(where, door, asked, runs);
  }
}

function judgeAnswer(where: string, door: Door, { head }: Extract<Asked, { kind: 'answer' }>, runs: boolean): Finding {
  const told = printable(`${head.status} ${head.reason}`);
  const type = errorTypeIn(head);
  if (type === 'not_ours') {
    const server = fieldIn(head, 'server');
    const named = server === '' ? '' : ` from ${printable(server)}`;
    return problem(`something else than tidegate listens on ${where}: it answers ${told}${named}`, whoListens(door));
  }
  if (head.status === 503) {
    return problem(
      `tidegate on ${where} turns everything away: ${told}`,
      'see the lines about instance, policies and journal',
    );
  }
  if (runs) return ok(`tidegate answers on ${where}`);
  return problem(
    `a tidegate answers on ${where}, and it is not the one of this state folder`,
    'name its configuration with --config, or its state folder with --state',
  );
}

function whoListens({ port }: Door): string {
  const find = process.platform === 'linux' ? `ss -ltnp 'sport = :${port}'` : `netstat -ano`;
  return `find out what it is (${find}) and stop it, or choose another port with listen`;
}

/** Settings are read at the start: those that have changed since are not in force. */
function movedSince({ config, status }: Installation): readonly Finding[] {
  if (status.kind !== 'status') return [];
  const { listeners } = status.status;
  const missing = config.listen.filter((each) => each.port !== 0 && !listeners.includes(formatListen(each)));
  return missing.map((each) =>
    warning(
      `the configuration says ${formatListen(each)}, where the running tidegate does not listen`,
      'restart it to take the configuration over',
    ),
  );
}
