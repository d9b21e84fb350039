import type { Socket } from 'node:net';

/** The first line that a client sends, or why there is none: it said nothing, or it sent too much or too slowly. */
export type FirstLine =
  { readonly kind: 'line'; readonly text: string } | { readonly kind: 'silent' } | { readonly kind: 'unusable' };

/** How long a client may take, in milliseconds. `silent`: until its first byte. */
export interface LineTimes {
  readonly silent: number;
  readonly whole: number;
}

const MAX_CHARACTERS = 64 * 1024;

/** Reads one line. The end of the client's half ends the line too. */
export function readLine(socket: Socket, times: LineTimes): Promise<FirstLine> {
  return new Promise((resolve) => {
    let text = '';
    const settle = (line: FirstLine): void => {
      clearTimeout(silence);
      clearTimeout(limit);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      // What follows is read and dropped: unread bytes would reset the connection behind the reply.
      socket.resume();
      resolve(line);
    };
    const onEnd = (): void => settle(text === '' ? { kind: 'silent' } : { kind: 'line', text });
    const onData = (more: string): void => {
      clearTimeout(silence);
      text += more;
      const end = text.indexOf('\n');
      if (text.length > MAX_CHARACTERS) settle({ kind: 'unusable' });
      else if (end >= 0) settle({ kind: 'line', text: text.slice(0, end) });
    };
    const ifSilent = (): void => {
      if (text === '') settle({ kind: 'silent' });
    };
    // On a busy machine the line may have arrived and not been read: it is, before an immediate is called.
    const silence = setTimeout(setImmediate, times.silent, ifSilent);
    const limit = setTimeout(settle, times.whole, { kind: 'unusable' });
    socket.setEncoding('utf8');
    socket.on('data', onData).on('end', onEnd).on('close', onEnd);
  });
}
