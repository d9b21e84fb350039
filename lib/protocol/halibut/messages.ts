import { malformed, type Malformed } from '../index.js';
import type { Flight } from '../tls/index.js';

/** The handshake messages of TLS up to 1.2, by their types (RFC 5246 §7.4, RFC 6066 §8, RFC 5077 §3.3). */
export const MESSAGE = {
  serverHello: 2,
  newSessionTicket: 4,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  certificateStatus: 22,
} as const;

/** One end's messages up to where it waits for the other, or continues encrypted. */
export type Gathered =
  | {
      readonly kind: 'gathered';
      /** Their bodies by type. */
      readonly bodies: ReadonlyMap<number, Buffer>;
      /** Whole, in the order in which they came. */
      readonly messages: readonly Buffer[];
      readonly endedBy: 'last' | 'change_cipher_spec';
    }
  | { readonly kind: 'refused'; readonly alert: string }
  | { readonly kind: 'partial'; readonly need: number }
  | Malformed;

/** The most bytes on the wire in which a flight is looked for; that of a Tentacle takes about 1,500. */
export const FLIGHT_AT_MOST = 65_536;

/** The fault of a flight that does not have the order of TLS. */
export const OUT_OF_ORDER = malformed('a handshake message out of its order');
const AFTER_LAST = malformed('another message after the last one of the flight');

/**
 * Gathers messages up to the last of `order` or a change_cipher_spec. Each may come once, in that order; which ones may
 * be left out is for the caller to say.
 */
export function gather(flight: Flight, order: readonly number[]): Gathered {
  const bodies = new Map<number, Buffer>();
  const messages: Buffer[] = [];
  for (let place = -1; place < order.length - 1;) {
    const step = flight.next();
    if (step.kind === 'alert') return { kind: 'refused', alert: step.description };
    if (step.kind === 'change_cipher_spec') return { kind: 'gathered', bodies, messages, endedBy: step.kind };
    if (step.kind !== 'message') return step;
    const next = order.indexOf(step.type);
    if (next <= place) return OUT_OF_ORDER;
    place = next;
    messages.push(step.message);
    bodies.set(step.type, step.message.subarray(4));
  }
  return flight.atRecordEnd ? { kind: 'gathered', bodies, messages, endedBy: 'last' } : AFTER_LAST;
}
