import type { Socket } from 'node:net';

/**
 * Calls `then` if a socket's 'end', which has just come, was meant by its peer, and not if the connection was reset: then
 * 'error' and 'close' follow instead.
 *
 * Node cannot tell the two apart: libuv reports a reset that arrives together with bytes as an orderly end (POLLHUP after
 * a partial read), and half a response would look whole. An empty write puts nothing on the network but makes the system
 * report the reset. Where bytes are still waiting to be written, their failure reports it.
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
 * Takes all listeners off a closed socket. V8's collector keeps a closed socket until its next full round, and with it all
 * that its listeners refer to: for a short tunnel that was 10 KB, copied twice.
 */
export function dropListeners(socket: Socket): void {
  socket.removeAllListeners();
  // An unhandled 'error' would end the process, however unlikely it is after 'close'.
  socket.on('error', ignoreError);
}

/** Handles an 'error' whose 'close' is acted upon. Shared, so that no socket's listener refers to anything else. */
export function ignoreError(): void {
  // 'close' follows.
}

/**
 * Closes a socket with a reset. While its own half is just being ended a reset is refused, and Node would leave the socket
 * open for ever: then it is closed without one.
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
