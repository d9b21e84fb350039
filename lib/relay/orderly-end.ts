import type { Socket } from 'node:net';

/**
 * Calls `then` if the end of a socket's bytes (its 'end' has just come) is one its peer meant, and not if the connection
 * was reset: then the socket's 'error' and 'close' follow instead.
 *
 * Node cannot tell the two apart: libuv reports a reset that arrives together with bytes as an orderly end (POLLHUP after
 * a partial read), and half an answer would look whole. An empty write puts nothing on the wire but makes the system
 * say which it was. Where bytes are still waiting to be written, their failure will say it.
 */
export function whenOrderly(socket: Socket, then: () => void): void {
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
 * Closes a socket with a reset. While our own half is just being ended a reset is refused, and Node would leave the socket
 * open for ever: then it is closed plainly.
 */
export function breakOff(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
