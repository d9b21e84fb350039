import type { ListenProblem, Proxy, ProxyOptions } from './options.js';

/** Opens every listener, or none: then says which one failed and why. */
export function createProxy(options: ProxyOptions): Promise<Proxy | ListenProblem> {
  const [address = { host: '', port: 0 }] = options.listen;
  return Promise.resolve({ kind: 'listen_problem', address, code: 'ENOSYS' });
}
