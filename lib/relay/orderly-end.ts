import type { Socket } from 'node:net';

/**
 * Calls `then` if the end of a socket's bytes (its 'end' has just come) is one its peer meant, and not if the connection
 * was reset: then the socket's 'error' and 'close' follow instead.
 *
 * Node cannot tell the two apart: libuv reports a reset that arrives together with bytes as an orderly end (POLLHUP after
 * a partial read), and half an answer would look whole. An empty write puts nothing on the wire but makes the system
 * say which it was. Where bytes are still waiting to be written, their failure will say it.
 */
export function ifOrderlyEnd(socket: Socket, then: () => void): void {
  if (socket.destroyed) return;
  if (!socket.writable || socket.writableLength > 0) {
    then();
    return;
  }
  socket.write('', (error) => {
    if (!error) then();
  });
}

/**
 * Takes all listeners off a socket that has closed. V8's collector keeps a closed socket of Node's until its next full
 * round, and with it all that its listeners know: for a short tunnel that was 10 KB, copied twice. Without listeners it
 * keeps the socket alone.
 */
export function dropListeners(socket: Socket): void {
  socket.removeAllListeners();
  // An 'error' that nobody hears would end the process, however unlikely it is after 'close'.
  socket.on('error', ignoreError);
}

/** Hears an 'error' whose 'close' is what is acted upon. Shared, so that no socket's listener knows anything else. */
export function ignoreError(): void {
  // The 'close' that follows says enough.
}

/**
 * Closes a socket with a reset. While our own half is just being ended a reset is refused, and Node would leave the socket
 * open for ever: then it is closed plainly.
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
