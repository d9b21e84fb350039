import { parseAuthority } from '../../address/index.js';
import { requestStatus } from '../../app/status/index.js';
import { RUN_AS_ACCOUNT } from '../../system/index.js';
import { fail, type Input, settle } from '../console/index.js';
import { listenersOf, type ListenerAddress } from '../proxy-client/index.js';

/**
 * The address of the proxy: that of `--via`; else a listener of the instance with this state folder; else, where that
 * instance gives no status, the listener in the configuration.
 */
export async function proxyAddress(input: Input): Promise<ListenerAddress> {
  const via = input.text('via');
  if (via !== 'none') {
    const read = parseAuthority(via);
    if (read.kind === 'malformed') {
      fail('usage', `invalid --via "${via}": ${read.detail}`, 'use host:port, such as 127.0.0.1:3128');
    }
    const { host, port } = read.value;
    return { host: host.kind === 'address' ? host.address.text : host.name, port };
  }
  const { config } = await settle(input);
  const answer = await requestStatus(config.state);
  if (answer.kind === 'not_running') {
    fail(
      'notRunning',
      `no instance runs with the state folder "${config.state}"`,
      'name another state folder with --state, or an address with --via HOST:PORT',
    );
  }
  const [address] = listenersOf(config, answer);
  if (address !== undefined) return address;
  fail(
    answer.kind === 'not_permitted' ? 'notPermitted' : 'notRunning',
    `unknown listener of the instance with the state folder "${config.state}"`,
    ...(answer.kind === 'status' ? [] : [answer.detail]),
    ...(answer.kind === 'not_permitted' ? [RUN_AS_ACCOUNT] : []),
    'name its address with --via HOST:PORT',
  );
}
