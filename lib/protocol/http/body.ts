import { createChunkedReader } from './chunked.js';
import type { BodyReader, Framing } from './types.js';

/**
 * Makes a reader of one body as its head delimits it. Feed it what comes off the wire until it answers `whole`, and not
 * after; what it did not take is `rest`. Payload pieces are views of the bytes handed in, never copies. A body without
 * bytes is `whole` on the first read, of even an empty buffer.
 */
export function createBodyReader(framing: Framing): BodyReader {
  switch (framing.kind) {
    case 'none':
      return createLengthReader(0);
    case 'length':
      return createLengthReader(framing.length);
    case 'chunked':
      return createChunkedReader();
    case 'until_close':
      return { read: (bytes) => ({ kind: 'more', payload: pieces(bytes) }), ended: () => 'whole' };
  }
}

function createLengthReader(length: number): BodyReader {
  let remaining = length;
  return {
    read: (bytes) => {
      if (bytes.length < remaining) {
        remaining -= bytes.length;
        return { kind: 'more', payload: pieces(bytes) };
      }
      const payload = pieces(bytes.subarray(0, remaining));
      const rest = bytes.subarray(remaining);
      remaining = 0;
      return { kind: 'whole', payload, rest };
    },
    ended: () => (remaining === 0 ? 'whole' : 'cut_short'),
  };
}

function pieces(bytes: Buffer): readonly Buffer[] {
  return bytes.length === 0 ? [] : [bytes];
}
