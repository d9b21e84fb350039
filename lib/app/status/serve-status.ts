import { rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { errorMessage, listening } from '../../system/index.js';
import { type FirstLine, type LineTimes, readLine } from './read-line.js';
import { type Status, statusAddress } from './status.js';

/** The status socket, or why there is none. */
type StatusServer =
  | { readonly kind: 'serving'; readonly close: () => Promise<void> }
  | { readonly kind: 'not_serving'; readonly detail: string };

/** What the socket answers: the status, and a request line. */
export interface SocketAnswers {
  readonly status: () => Status;
  readonly request: (line: string) => Promise<object>;
}

/** Clients of versions before sent no line and did not end their half: they get the status after a second. */
const TIMES: LineTimes = { silent: 1_000, whole: 5_000 };
/** How long a client may take to read its reply. */
const READ_MS = 10_000;

/**
 * Answers every client of the socket with one line of JSON, and closes the connection: a line that it sends is answered as a
 * request, anything else with the status. The caller holds the journal's lock, so a socket that exists already was left by an
 * earlier process. Only the owner may connect: the caller has set the umask.
 */
export async function serveStatus(state: string, answers: SocketAnswers, times = TIMES): Promise<StatusServer> {
  const address = statusAddress(state);
  if (address.kind === 'no_address') return { kind: 'not_serving', detail: address.detail };
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => open.delete(socket));
    void serveClient(socket, answers, times);
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // A client that does not read or hang up must not keep the instance from ending.
        for (const socket of open) socket.destroy();
      }),
  };
}

async function serveClient(socket: Socket, answers: SocketAnswers, times: LineTimes): Promise<void> {
  const line = await readLine(socket, times);
  const reply = line.kind === 'silent' ? answers.status() : await answerTo(line, answers);
  if (socket.destroyed) return;
  socket.setTimeout(READ_MS, () => socket.destroy());
  socket.write(`${JSON.stringify(reply)}\n`);
  socket.destroySoon();
}

async function answerTo(line: Exclude<FirstLine, { kind: 'silent' }>, { request }: SocketAnswers): Promise<object> {
  if (line.kind === 'unusable')
    return { reply: 'rejected', problems: ['the request line is too long, or came too late'] };
  try {
    return await request(line.text);
  } catch (error) {
    return { reply: 'rejected', problems: [`the request failed: ${errorMessage(error)}`] };
  }
}
