import { startDnsServer } from '../fixtures/dns-server.js';
import { freePort } from '../fixtures/free-port.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { startClient } from './clients.js';

/** A destination that cannot be reached, and what tidegate says then. */
export interface DeadEnd {
  readonly host: string;
  readonly port: number;
  readonly status: number;
  readonly words: string;
}

/** tidegate with its own time-outs, which lets everything out, and nothing that could be reached behind it. */
export interface DeadEnds {
  readonly tidegate: Tidegate;
  readonly all: readonly DeadEnd[];
  readonly close: () => Promise<void>;
}

/** Starts it: a name that does not exist, one whose server is silent, a port that refuses, and one that never answers. */
export async function startDeadEnds(): Promise<DeadEnds> {
  const dns = await startDnsServer({ 'gone.test': 'nxdomain', 'silent.test': 'silent' });
  const deaf = await startClient('deaf', {});
  const { port } = await deaf.line<{ port: number }>();
  const tidegate = await startTidegate({
    config: { dns: { servers: [dns.address] }, hosts: { 'refusing.test': ['127.0.0.1'], 'deaf.test': ['127.0.0.1'] } },
  });
  return {
    tidegate,
    all: [
      {
        host: 'gone.test',
        port,
        status: 503,
        words: 'Egress failed: the name does not exist in DNS (/etc/hosts is not used)',
      },
      { host: 'silent.test', port, status: 504, words: 'Egress failed: the name server did not answer in time' },
      {
        host: 'refusing.test',
        port: await freePort(),
        status: 503,
        words: 'Egress failed: the destination refused the connection',
      },
      { host: 'deaf.test', port, status: 504, words: 'Egress failed: the destination did not answer in time' },
    ],
    close: async () => {
      await tidegate.discard();
      await deaf.close();
      await dns.close();
    },
  };
}
