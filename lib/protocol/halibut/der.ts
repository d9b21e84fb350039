/** One element of DER (X.690 §8.1): where it begins, where its content does, and where both end. */
export interface Element {
  /** Zero where there is no element: beyond the end, or with a length that is not in the bytes. */
  readonly tag: number;
  readonly outer: number;
  readonly start: number;
  readonly end: number;
}

/** Reads the element at `at`. What is not there has the tag zero and no content, so that a walk ends at the next look. */
export function readElement(der: Buffer, at: number): Element {
  const tag = der[at] ?? 0;
  const first = der[at + 1] ?? 0x80;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  // More than three bytes of length, or the indefinite form, which DER has not: no certificate in a handshake is so long.
  if (first === 0x80 || lengthBytes > 3 || start > der.length) return nothingAt(der.length);
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  return start + length > der.length ? nothingAt(der.length) : { tag, outer: at, start, end: start + length };
}

function nothingAt(end: number): Element {
  return { tag: 0, outer: end, start: end, end };
}
