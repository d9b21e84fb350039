import type { ExecutionContext } from 'ava';
import type { Reading } from '../../lib/protocol/index.js';

/** A reader of this floor, with all but the bytes settled. */
export type Reader<T> = (bytes: Buffer) => Reading<T>;

const HANDSHAKE = 22;

/** The value of what must be whole. */
export function wholly<T>(reading: Reading<T>): { readonly value: T; readonly length: number } {
  if (reading.kind !== 'whole') throw new Error(`not whole: ${JSON.stringify(reading)}`);
  return reading;
}

/**
 * Every prefix of a vector is partial, and asks for more than is there but never for more than there will be, or whoever
 * waits for it would wait for ever. Whatever follows the vector changes nothing.
 */
export function prefixesArePartial<T>(t: ExecutionContext, read: Reader<T>, bytes: Buffer): void {
  const { value, length } = wholly(read(bytes));
  for (let end = 0; end < length; end++) {
    const reading = read(bytes.subarray(0, end));
    if (reading.kind !== 'partial' || reading.need <= end || reading.need > length) {
      t.fail(`${end} of ${length} bytes: ${JSON.stringify(reading)}`);
      return;
    }
  }
  t.deepEqual(read(bytes.subarray(0, length)), { kind: 'whole', value, length });
  t.deepEqual(read(Buffer.concat([bytes.subarray(0, length), Buffer.alloc(40, 0x16)])), {
    kind: 'whole',
    value,
    length,
  });
}

/** Reads as a caller does to whom bytes come in pieces of a size: it asks again when what it was asked for is there. */
export function readInPieces<T>(read: Reader<T>, bytes: Buffer, size: number): { reading: Reading<T>; asked: number } {
  let reading: Reading<T> = { kind: 'partial', need: 1 };
  let asked = 0;
  for (let end = size; reading.kind === 'partial' && end < bytes.length + size; end += size) {
    if (Math.min(end, bytes.length) < reading.need) continue;
    reading = read(bytes.subarray(0, end));
    asked += 1;
  }
  return { reading, asked };
}

/** The same messages in other records: those of a handshake cut anew, each as long as `next` says; others as they were. */
export function inOtherRecords(bytes: Buffer, next: () => number): Buffer {
  const out: Buffer[] = [];
  let messages = Buffer.alloc(0);
  const flush = (): void => {
    while (messages.length > 0) {
      const size = Math.min(next(), messages.length);
      out.push(Buffer.from([HANDSHAKE, 3, 3, size >> 8, size & 0xff]), messages.subarray(0, size));
      messages = messages.subarray(size);
    }
  };
  for (let at = 0; at + 5 <= bytes.length;) {
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    if (bytes[at] === HANDSHAKE) messages = Buffer.concat([messages, bytes.subarray(at + 5, end)]);
    else {
      flush();
      out.push(bytes.subarray(at, end));
    }
    at = end;
  }
  flush();
  return Buffer.concat(out);
}

/** Chance that can be had again (mulberry32): numbers from 0 below `below`. */
export function chanceFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
