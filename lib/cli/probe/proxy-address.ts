import { type Destination, parseAuthority } from '../../address/index.js';
import { requestStatus } from '../../app/status/index.js';
import { formatListen } from '../../config/index.js';
import { fail, type Input, settle } from '../console/index.js';

/**
 * The address of the proxy: that of `--via`; else a listener of the instance with this state folder; else, where that
 * instance gives no status, the listener in the configuration.
 */
export async function proxyAddress(input: Input): Promise<Destination> {
  const via = input.text('via');
  if (via !== 'none') {
    const read = parseAuthority(via);
    if (read.kind === 'parsed') return read.value;
    fail('usage', `invalid --via "${via}": ${read.detail}`, 'use host:port, such as 127.0.0.1:3128');
  }
  const { state, listen } = (await settle(input)).config;
  const answer = await requestStatus(state);
  if (answer.kind === 'not_running') {
    fail(
      'notRunning',
      `no instance runs with the state folder "${state}"`,
      'name another state folder with --state, or an address with --via HOST:PORT',
    );
  }
  const listeners = answer.kind === 'status' ? answer.status.listeners : listen.map(formatListen);
  for (const listener of listeners) {
    const read = parseAuthority(reachable(listener));
    if (read.kind === 'parsed') return read.value;
  }
  fail(
    'notRunning',
    `unknown listener of the instance with the state folder "${state}"`,
    ...(answer.kind === 'no_answer' ? [answer.detail] : []),
    'name its address with --via HOST:PORT',
  );
}

/** Replaces a wildcard, to which nothing can connect, by loopback. */
function reachable(listener: string): string {
  return listener.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}
