/** SSH's data types and messages, written for tests: by RFC 4251 and RFC 4253, apart from the room that reads them. */

export function uint32(value: number): Buffer {
  return Buffer.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

export function uint64(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(16, '0'), 'hex');
}

/** A string, or several strings behind one another if several are given. */
export function string(...contents: readonly (Buffer | string)[]): Buffer {
  return Buffer.concat(contents.flatMap((content) => [uint32(Buffer.from(content).length), Buffer.from(content)]));
}

/** A positive mpint: without zeros in front, and with one where the first bit is set. */
export function mpint(number: Buffer): Buffer {
  const digits = number.subarray(number.findIndex((byte) => byte !== 0));
  return string((digits[0] ?? 0) >= 128 ? Buffer.concat([Buffer.of(0), digits]) : digits);
}

/** A packet before encryption, with as little padding as may be or `more` blocks beyond that. */
export function packet(payload: Buffer, more = 0): Buffer {
  const padding = 4 + ((8 - ((payload.length + 9) % 8)) % 8) + 8 * more;
  return Buffer.concat([
    uint32(payload.length + padding + 1),
    Buffer.of(padding),
    payload,
    Buffer.alloc(padding, 0xaa),
  ]);
}

/** What an end offers, in a test. */
export interface Offer {
  readonly keyExchange?: string;
  readonly hostKeyAlgorithms?: string;
  readonly follows?: boolean;
  /** Ciphers, MACs and the like: eight lists. */
  readonly others?: readonly string[];
}

const MEANINGLESS = ['aes', 'aes', 'mac', 'mac', 'none', 'none', '', ''];

/** The payload of SSH_MSG_KEXINIT. */
export function kexinit(offer: Offer): Buffer {
  const { keyExchange = 'a', hostKeyAlgorithms = 'b', follows = false, others = MEANINGLESS } = offer;
  const lists = [keyExchange, hostKeyAlgorithms, ...others].map((list) => string(list));
  return Buffer.concat([Buffer.of(20), Buffer.alloc(16, 7), ...lists, Buffer.of(follows ? 1 : 0), uint32(0)]);
}

/** The payload of a reply that carries this host key. */
export function reply(hostKey: Buffer, number = 31): Buffer {
  return Buffer.concat([
    Buffer.of(number),
    string(hostKey, Buffer.alloc(32, 3), string('ssh-ed25519', Buffer.alloc(64))),
  ]);
}
