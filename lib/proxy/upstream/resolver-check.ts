import { Resolver } from 'node:dns/promises';
import { errorReason } from '../../system/index.js';
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

const SILENT: ReadonlySet<string> = new Set(['ETIMEOUT', 'ECANCELLED']);
/** Codes of c-ares for an answer with a response code (RFC 1035 §4.1.1). */
const ANSWERED = /^(ENODATA|ENOTFOUND|EFORMERR|ESERVFAIL|ENOTIMP|EREFUSED|EBADRESP)$/;

/**
 * Asks each DNS server for the name servers of the root. That query holds no name, so it needs no admission (law 2) and
 * discloses nothing.
 */
export async function checkDnsServers(
  servers: ResolverOptions['servers'],
  budgetMs: number,
): Promise<readonly DnsServerState[]> {
  const named = servers === 'system' ? new Resolver().getServers() : servers;
  return Promise.all(named.map((server) => askServer(server, budgetMs)));
}

async function askServer(server: string, budgetMs: number): Promise<DnsServerState> {
  // c-ares waits longer at the second try; both fit into the budget.
  const dns = new Resolver({ timeout: Math.max(250, Math.floor(budgetMs / 3)), tries: 2 });
  const timer = setTimeout(() => dns.cancel(), budgetMs);
  try {
    dns.setServers([server]);
    await dns.resolveNs('.');
    return { server, kind: 'answers', code: 'none' };
  } catch (error) {
    const code = errorReason(error);
    if (ANSWERED.test(code)) return { server, kind: 'answers', code: code === 'ENOTFOUND' ? 'none' : code };
    if (SILENT.has(code)) return { server, kind: 'silent', code: 'ETIMEOUT' };
    return { server, kind: 'unreachable', code };
  } finally {
    clearTimeout(timer);
  }
}
