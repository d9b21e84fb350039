import { once } from 'node:events';
import type { ListenOptions, Server } from 'node:net';

/** Starts to listen. Rejects with the system's error, such as `EADDRINUSE`. */
export async function listening(server: Server, options: ListenOptions): Promise<void> {
  server.listen(options);
  await once(server, 'listening');
}

/** Where a TCP server listens, with the port that it really has. */
export function boundAddress(server: Server): { readonly host: string; readonly port: number } {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP listener has no TCP address');
  return { host: bound.address, port: bound.port };
}
