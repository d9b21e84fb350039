import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

const PERIOD = 251;
const BLOCK = Buffer.from(Uint8Array.from({ length: PERIOD * 1024 }, (_, index) => index % PERIOD));

/** The first `length` bytes of what the .NET programs send too: byte number i is i modulo 251. */
export function pattern(length: number): Readable {
  return Readable.from(blocks(length), { objectMode: false });
}

/** Their SHA-256, lower-case hex. */
export function digestOf(length: number): string {
  const hash = createHash('sha256');
  for (const block of blocks(length)) hash.update(block);
  return hash.digest('hex');
}

function* blocks(length: number): Generator<Buffer> {
  for (let left = length; left > 0; left -= BLOCK.length) yield BLOCK.subarray(0, Math.min(left, BLOCK.length));
}
