import type { IncomingMessage } from 'node:http';
import { formatListen } from '../../../config/index.js';
import { printable } from '../../../app/terminal/index.js';
import {
  type ConnectReply,
  errorTypeIn,
  fieldIn,
  type ListenerAddress,
  listenersOf,
  requestConnect,
} from '../../proxy-client/index.js';
import { type Finding, findingsOf, type Installation } from '../checks/index.js';

const { ok, warning, problem, skipped } = findingsOf('listener');

/** The findings for every listener, and the first at which tidegate replies. */
export interface Listening {
  readonly findings: readonly Finding[];
  readonly open: ListenerAddress | 'none';
}

const TIMEOUT_MS = 5_000;

/**
 * Connects to every listener and requests a tunnel to the same listener, which no policy can allow, so that nothing is
 * looked up or dialled for it. Unless every client must log in, that is recorded like any refusal.
 */
export async function checkListeners(installation: Installation): Promise<Listening> {
  const addresses = listenersOf(installation.config, installation.status);
  if (addresses.length === 0) {
    return { findings: [skipped('the port is chosen at the start, and no instance runs')], open: 'none' };
  }
  const asked = await Promise.all(addresses.map(async (address) => ({ address, asked: await ask(address) })));
  const findings = asked.map((each) => judge(each.address, each.asked, installation));
  const ours = asked.find((each) => each.asked.kind === 'answer' && errorTypeIn(each.asked.head) !== 'not_ours');
  return { findings: [...findings, ...movedSince(installation)], open: ours?.address ?? 'none' };
}

async function ask(address: ListenerAddress): Promise<ConnectReply> {
  const reply = await requestConnect(address, formatListen(address), { kind: 'none' }, TIMEOUT_MS);
  if (reply.kind === 'answer') reply.socket.destroy();
  return reply;
}

function judge(address: ListenerAddress, asked: ConnectReply, { status }: Installation): Finding {
  const where = formatListen(address);
  // An instance that gives no status may still be this one: it hangs, has another version, or runs as another account.
  const runs = status.kind !== 'not_running';
  switch (asked.kind) {
    case 'no_listener':
      if (!runs) return skipped(`nothing listens on ${where}: no instance runs`);
      return problem(
        `nothing listens on ${where} (${asked.code})`,
        'check whether a firewall of this machine blocks the port; otherwise restart tidegate',
        'advised',
      );
    case 'silent':
      return problem(
        `no complete reply on ${where} within ${TIMEOUT_MS / 1_000} s`,
        runs ? 'check whether the disk or the machine hangs, and read the log' : whoListens(address),
      );
    case 'foreign':
      return problem(`another program than tidegate listens on ${where}: ${asked.detail}`, whoListens(address));
    case 'answer':
      return judgeAnswer(where, address, asked.head, runs);
  }
}

function judgeAnswer(where: string, address: ListenerAddress, head: IncomingMessage, runs: boolean): Finding {
  const reply = printable(`${head.statusCode} ${head.statusMessage}`);
  const type = errorTypeIn(head);
  if (type === 'not_ours') {
    const server = fieldIn(head, 'server');
    const named = server === '' ? '' : ` from ${printable(server)}`;
    return problem(
      `another program than tidegate listens on ${where}: it replies ${reply}${named}`,
      whoListens(address),
    );
  }
  if (head.statusCode === 503) {
    return problem(
      `tidegate on ${where} refuses all traffic: ${reply}`,
      'see the findings about instance, policies and journal',
    );
  }
  if (runs) return ok(`tidegate replies on ${where}`);
  return problem(
    `another instance than the one of this state folder listens on ${where}`,
    'name its configuration with --config, or its state folder with --state',
  );
}

function whoListens({ port }: ListenerAddress): string {
  const find = process.platform === 'linux' ? `ss -ltnp 'sport = :${port}'` : `netstat -ano`;
  return `find the program (${find}) and stop it, or choose another port with listen`;
}

/** Settings are read at the start: later changes are not in force. */
function movedSince({ config, status }: Installation): readonly Finding[] {
  if (status.kind !== 'status') return [];
  const { listeners } = status.status;
  const missing = config.listen.filter((each) => each.port !== 0 && !listeners.includes(formatListen(each)));
  return missing.map((each) =>
    warning(
      `the configuration has the listener ${formatListen(each)}, the running instance has not`,
      'restart tidegate to apply the configuration',
      'advised',
    ),
  );
}
