import { askServer, readDnsServer, systemServers } from '../../dns/index.js';
import type { ResolverOptions } from './resolve.js';

/**
 * The state of a DNS server. `answers`: `code` is `none` or its error, such as `EREFUSED`; `silent`: no answer in time;
 * `unreachable`: `code` is the system's.
 */
export interface DnsServerState {
  readonly server: string;
  readonly kind: 'answers' | 'silent' | 'unreachable';
  readonly code: string;
}

/**
 * Asks each DNS server for the name servers of the root. That query holds no name, so it needs no admission (law 2) and
 * discloses nothing.
 */
export async function checkDnsServers(
  servers: ResolverOptions['servers'],
  budgetMs: number,
): Promise<readonly DnsServerState[]> {
  const named = servers === 'system' ? systemServers() : servers;
  return Promise.all(named.map((server) => checkServer(server, budgetMs)));
}

function checkServer(text: string, budgetMs: number): Promise<DnsServerState> {
  const server = readDnsServer(text);
  if (server === 'malformed') return Promise.resolve({ server: text, kind: 'unreachable', code: 'EINVAL' });
  return new Promise((resolve) => {
    const settle = (kind: DnsServerState['kind'], code: string): void => {
      clearTimeout(deadline);
      clearTimeout(again);
      exchange.close();
      resolve({ server: text, kind, code });
    };
    const exchange = askServer(server, { name: '.', type: 'NS' }, (outcome) => {
      if (outcome.kind === 'unreachable') settle('unreachable', outcome.code);
      else settle('answers', outcome.kind === 'rejected' ? outcome.code : 'none');
    });
    const again = setTimeout(exchange.sendAgain, budgetMs / 2);
    const deadline = setTimeout(() => settle('silent', 'ETIMEOUT'), budgetMs);
  });
}
