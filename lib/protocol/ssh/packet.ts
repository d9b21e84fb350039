import { malformed, type Reading } from '../index.js';
import { writeUint32 } from './ssh-reader.js';

/** Before encryption packets come in blocks of 8 bytes, and at least two of them (RFC 4253 §6). */
const BLOCK = 8;
const PACKET_BYTES = 16;
const LENGTH_BYTES = 4;
const LEAST_PADDING = 4;
/** What every implementation must accept (RFC 4253 §6.1). Before the keys nothing comes near it: certificates are the longest. */
const LONGEST = 35_000;

const BAD_LENGTH = malformed('the length of a packet is not that of whole blocks up to 35,000 bytes');
const BAD_PADDING = malformed('the padding of a packet is shorter than 4 bytes or leaves no message');

/**
 * Reads one packet as it is before encryption (RFC 4253 §6): its payload, a message whose first byte is its number. The
 * payload is a view of `bytes`. An impossible length is malformed as soon as it is there.
 */
export function readPacket(bytes: Buffer): Reading<Buffer> {
  if (bytes.length < LENGTH_BYTES) return { kind: 'partial', need: PACKET_BYTES };
  const length = LENGTH_BYTES + bytes.readUInt32BE(0);
  if (length < PACKET_BYTES || length > LONGEST || length % BLOCK !== 0) return BAD_LENGTH;
  const padding = bytes[LENGTH_BYTES] ?? LEAST_PADDING;
  const end = length - padding;
  if (padding < LEAST_PADDING || end <= LENGTH_BYTES + 1) return BAD_PADDING;
  if (bytes.length < length) return { kind: 'partial', need: length };
  return { kind: 'whole', value: bytes.subarray(LENGTH_BYTES + 1, end), length };
}

/** A message as a packet before encryption. The padding is zeros: it hides nothing where nothing is hidden. */
export function writePacket(payload: Buffer): Buffer {
  const bare = LENGTH_BYTES + 1 + payload.length;
  const length = Math.max(PACKET_BYTES, Math.ceil((bare + LEAST_PADDING) / BLOCK) * BLOCK);
  const padding = length - bare;
  return Buffer.concat([writeUint32(length - LENGTH_BYTES), Buffer.of(padding), payload, Buffer.alloc(padding)]);
}
