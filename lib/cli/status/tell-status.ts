import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { errorMessage } from '../../system/index.js';
import { type Status, statusAddress } from './status.js';

/** Status being told, or why it is not. */
type StatusServer =
  | { readonly kind: 'telling'; readonly close: () => Promise<void> }
  | { readonly kind: 'not_telling'; readonly detail: string };

/**
 * Tells everyone who connects what `report` says, as one line of JSON, and hangs up. The caller holds the journal's lock,
 * so a socket that is there already was left behind. Only the owner may connect: the caller has set the umask.
 */
export async function tellStatus(state: string, report: () => Status): Promise<StatusServer> {
  const address = statusAddress(state);
  if (address.kind === 'no_address') return { kind: 'not_telling', detail: address.detail };
  const server = createServer((socket) => {
    // Whoever asked may be gone already.
    socket.on('error', () => socket.destroy());
    socket.write(`${JSON.stringify(report())}\n`);
    // Whoever does not hang up must not keep the instance from ending.
    socket.destroySoon();
  });
  server.maxConnections = 16;
  try {
    if (process.platform !== 'win32') await rm(address.path, { force: true });
    await listening(server, address.path);
  } catch (error) {
    return { kind: 'not_telling', detail: errorMessage(error) };
  }
  return {
    kind: 'telling',
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
