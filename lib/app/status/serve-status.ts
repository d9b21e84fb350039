import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { errorMessage, listening } from '../../system/index.js';
import { type Status, statusAddress } from './status.js';

/** The status socket, or why there is none. */
type StatusServer =
  | { readonly kind: 'serving'; readonly close: () => Promise<void> }
  | { readonly kind: 'not_serving'; readonly detail: string };

/**
 * Sends the status to every client of the socket, as one line of JSON, and closes the connection. The caller holds the
 * journal's lock, so a socket that exists already was left by an earlier process. Only the owner may connect: the caller
 * has set the umask.
 */
export async function serveStatus(state: string, status: () => Status): Promise<StatusServer> {
  const address = statusAddress(state);
  if (address.kind === 'no_address') return { kind: 'not_serving', detail: address.detail };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(`${JSON.stringify(status())}\n`);
    // A client that does not hang up must not keep the instance from ending.
    socket.destroySoon();
  });
  server.maxConnections = 16;
  try {
    if (process.platform !== 'win32') await rm(address.path, { force: true });
    await listening(server, { path: address.path });
  } catch (error) {
    return { kind: 'not_serving', detail: errorMessage(error) };
  }
  return {
    kind: 'serving',
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
