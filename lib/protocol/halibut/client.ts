import type { Certificate, Shown } from '../../attempt/index.js';
import { ByteReader, FOREIGN, malformed, type Malformed, type Reading } from '../index.js';
import { Flight, mayBeRecord, RECORD, type ClientHello } from '../tls/index.js';
import { readPresented } from './certificate.js';
import { FLIGHT_AT_MOST, gather, MESSAGE } from './messages.js';
import { judged, readSignature } from './signature.js';

/** What a client's second flight shows, where the server asked for a certificate. */
export type ClientAnswer =
  /** `absent`: it has none to show, as Octopus has when it looks for a new target. */
  | { readonly kind: 'visible'; readonly client: Shown<Certificate> }
  /** The client ends the handshake, with this alert: for example, it does not trust the server. */
  | { readonly kind: 'refused'; readonly alert: string };

const ORDER = [MESSAGE.certificate, MESSAGE.clientKeyExchange, MESSAGE.certificateVerify];

const TOO_EARLY = malformed('the client goes on encrypted without a ClientKeyExchange');
const UNFOUNDED = malformed('a CertificateVerify without a certificate or a ClientKeyExchange');
const BAD_VERIFY = malformed('the lengths inside the CertificateVerify do not add up');

/**
 * Reads the second flight of a client of TLS up to 1.2, up to its CertificateVerify, or to where it continues encrypted.
 * `length` is that of the records it took. The signature covers `hello` and `serverMessages` too (RFC 5246 §7.4.8), so that
 * `proven` means this handshake, with this server's certificate, and a copied certificate is `forged`.
 */
export function readClientAnswer(
  bytes: Buffer,
  hello: ClientHello,
  serverMessages: Buffer,
  version: string,
): Reading<ClientAnswer> {
  if (!mayBeRecord(bytes, RECORD.changeCipherSpec)) return FOREIGN;
  const flight = new Flight(bytes, FLIGHT_AT_MOST);
  const read = gather(flight, ORDER);
  if (read.kind === 'partial' || read.kind === 'malformed') return read;
  if (read.kind === 'refused') return { kind: 'whole', value: read, length: flight.length };
  if (!read.bodies.has(MESSAGE.clientKeyExchange)) return read.endedBy === 'last' ? UNFOUNDED : TOO_EARLY;
  // What it signs is everything before it.
  const transcript = [hello.message, serverMessages, ...read.messages.slice(0, 2)];
  const client = shownBy(read.bodies, transcript, version);
  if (client.kind === 'malformed') return client;
  return { kind: 'whole', value: { kind: 'visible', client }, length: flight.length };
}

function shownBy(
  bodies: ReadonlyMap<number, Buffer>,
  transcript: readonly Buffer[],
  version: string,
): Shown<Certificate> | Malformed {
  const presented = readPresented(bodies.get(MESSAGE.certificate));
  const verify = bodies.get(MESSAGE.certificateVerify);
  if (presented === 'none') return verify === undefined ? { kind: 'absent' } : UNFOUNDED;
  if ('kind' in presented) return presented;
  // A certificate whose key takes part in the key exchange itself signs nothing (RFC 5246 §7.4.8).
  if (verify === undefined) return { kind: 'claimed', identity: presented.identity, probe: 'not_made' };
  const signature = readSignature(new ByteReader(verify), version);
  return signature === 'broken' ? BAD_VERIFY : judged(presented, Buffer.concat(transcript), signature);
}
