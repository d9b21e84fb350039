import type { Command } from 'commander';
import { type Destination, parseAuthority } from '../../address/index.js';
import { formatListen } from '../../config/index.js';
import { complain, type ExitCode, exitCodes, settle, textOption } from '../console/index.js';
import { requestStatus } from '../../app/status/index.js';

/**
 * Where the proxy is asked: what `--via` says; else where the instance with this state folder listens; else, where that
 * instance gives no status, what the configuration says. Tells what is wrong, and answers the code for it.
 */
export async function proxyAddress(command: Command): Promise<Destination | ExitCode> {
  const via = textOption(command, 'via');
  if (via !== 'none') {
    const read = parseAuthority(via);
    if (read.kind === 'parsed') return read.value;
    return complain(exitCodes.usage, `--via must be host:port, such as 127.0.0.1:3128: ${read.detail}`);
  }
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  const { state, listen } = settled.config;
  const answer = await requestStatus(state);
  if (answer.kind === 'not_running') {
    return complain(
      exitCodes.notRunning,
      `no tidegate runs with the state folder ${state}`,
      'another one is named with --state, or its address with --via HOST:PORT',
    );
  }
  const listeners = answer.kind === 'status' ? answer.status.listeners : listen.map(formatListen);
  for (const listener of listeners) {
    const read = parseAuthority(reachable(listener));
    if (read.kind === 'parsed') return read.value;
  }
  return complain(
    exitCodes.notRunning,
    `where the tidegate with the state folder ${state} listens is not known`,
    ...(answer.kind === 'no_answer' ? [answer.detail] : []),
    'name its address with --via HOST:PORT',
  );
}

/** A wildcard is no address to connect to. */
function reachable(listener: string): string {
  return listener.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}
