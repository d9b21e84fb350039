import type { Certificate, Shown } from '../../attempt/index.js';
import { ByteReader, FOREIGN, malformed, type Malformed, type Reading } from '../index.js';
import { Flight, mayBeRecord, RECORD, versionName, type ClientHello } from '../tls/index.js';
import { readPresented } from './certificate.js';
import { FLIGHT_AT_MOST, gather, MESSAGE, OUT_OF_ORDER, type Gathered } from './messages.js';
import { judged, readSignature, type Signature } from './signature.js';

/** What a server's first flight shows. */
export type ServerAnswer =
  | {
      readonly kind: 'visible';
      /** `TLSv1`, `TLSv1.1` or `TLSv1.2`. */
      readonly version: string;
      /** `absent`: an anonymous suite, without a certificate. */
      readonly server: Shown<Certificate>;
      readonly asksForCertificate: boolean;
      /** The flight's handshake messages, for the transcript that a client's signature covers. */
      readonly messages: Buffer;
    }
  /** The certificate is encrypted, or was shown in a handshake before this one. */
  | { readonly kind: 'hidden'; readonly version: string; readonly why: 'tls_1_3' | 'resumed' }
  /** The server ends the handshake, with this alert. */
  | { readonly kind: 'refused'; readonly alert: string };

const ORDER = [
  MESSAGE.newSessionTicket,
  MESSAGE.certificate,
  MESSAGE.certificateStatus,
  MESSAGE.serverKeyExchange,
  MESSAGE.certificateRequest,
  MESSAGE.serverHelloDone,
];
const TLS_1_0 = 0x0301;
const TLS_1_2 = 0x0303;
const SUPPORTED_VERSIONS = 43;
const NAMED_CURVE = 3;

const NOT_FIRST = malformed('the first handshake message is not a ServerHello');
const BAD_HELLO = malformed('the lengths inside the ServerHello do not add up');
const BAD_VERSION = malformed('the server chose a version other than TLS 1.0 to 1.3');
const BAD_KEY_EXCHANGE = malformed('the lengths inside the ServerKeyExchange do not add up');

/**
 * Reads a server's answer to a hello, up to where it waits for the client or continues encrypted. `length` is that of the
 * records it took. `proven`: the certificate's key signed the randoms of this very handshake with the key exchange, so that a
 * copied certificate is `forged`. `claimed`: RSA key exchange has nothing signed, or the signature is of a kind that cannot
 * be checked here. TLS 1.3 hides the certificate, also after a HelloRetryRequest, and so does a resumed session (RFC 5246
 * §7.3, RFC 5077 §3.1). With an RSA key it takes about 40 microseconds, nearly all of them for the signature.
 */
export function readServerAnswer(bytes: Buffer, hello: ClientHello): Reading<ServerAnswer> {
  if (!mayBeRecord(bytes, RECORD.alert)) return FOREIGN;
  const flight = new Flight(bytes, FLIGHT_AT_MOST);
  const first = flight.next();
  if (first.kind === 'partial' || first.kind === 'malformed') return first;
  if (first.kind === 'alert') return whole({ kind: 'refused', alert: first.description }, flight);
  if (first.kind !== 'message' || first.type !== MESSAGE.serverHello) return NOT_FIRST;
  const answer = readServerHello(first.message.subarray(4));
  if ('kind' in answer) return answer;
  const version = versionName(answer.version);
  if (answer.version > TLS_1_2) return whole({ kind: 'hidden', version, why: 'tls_1_3' }, flight);
  const rest = gather(flight, ORDER);
  if (rest.kind === 'partial' || rest.kind === 'malformed') return rest;
  if (rest.kind === 'refused') return whole(rest, flight);
  if (rest.endedBy === 'change_cipher_spec')
    return isResumed(rest) ? whole({ kind: 'hidden', version, why: 'resumed' }, flight) : OUT_OF_ORDER;
  if (rest.bodies.has(MESSAGE.newSessionTicket)) return OUT_OF_ORDER;
  const server = shownIn(rest.bodies, [hello.random, answer.random], version);
  if (server.kind === 'malformed') return server;
  const asksForCertificate = rest.bodies.has(MESSAGE.certificateRequest);
  const messages = Buffer.concat([first.message, ...rest.messages]);
  return whole({ kind: 'visible', version, server, asksForCertificate, messages }, flight);
}

function whole(value: ServerAnswer, { length }: Flight): Reading<ServerAnswer> {
  return { kind: 'whole', value, length };
}

/** A resumed handshake continues encrypted right after the hello, or after a new ticket. */
function isResumed({ bodies }: Extract<Gathered, { kind: 'gathered' }>): boolean {
  return [...bodies.keys()].every((type) => type === MESSAGE.newSessionTicket);
}

/** RFC 5246 §7.4.1.3, RFC 8446 §4.1.3; a HelloRetryRequest is a ServerHello too. */
function readServerHello(body: Buffer): { readonly version: number; readonly random: Buffer } | Malformed {
  const fields = new ByteReader(body);
  const legacyVersion = fields.number(2);
  const random = fields.take(32);
  const session = fields.vector(1);
  fields.take(3); // cipher suite, compression
  const extensions = fields.left === 0 ? fields.take(0) : fields.vector(2);
  if (!fields.spent || session.length > 32) return BAD_HELLO;
  if (legacyVersion < TLS_1_0 || legacyVersion > TLS_1_2) return BAD_VERSION;
  const version = supportedVersion(new ByteReader(extensions));
  if (typeof version === 'object') return version;
  return { version: version === 'none' ? legacyVersion : version, random };
}

/** RFC 8446 §4.2.1: only a server that chooses 1.3 sends this extension. */
function supportedVersion(extensions: ByteReader): number | 'none' | Malformed {
  let found: number | 'none' = 'none';
  while (extensions.left > 0) {
    const type = extensions.number(2);
    const body = new ByteReader(extensions.vector(2));
    if (!extensions.intact) return BAD_HELLO;
    if (type !== SUPPORTED_VERSIONS) continue;
    if (found !== 'none') return BAD_HELLO;
    found = body.number(2);
    if (!body.spent) return BAD_HELLO;
    if (found <= TLS_1_2) return BAD_VERSION;
  }
  return found;
}

function shownIn(
  bodies: ReadonlyMap<number, Buffer>,
  randoms: readonly Buffer[],
  version: string,
): Shown<Certificate> | Malformed {
  const presented = readPresented(bodies.get(MESSAGE.certificate));
  if (presented === 'none') return { kind: 'absent' };
  if ('kind' in presented) return presented;
  const keyExchange = bodies.get(MESSAGE.serverKeyExchange);
  if (keyExchange === undefined) return { kind: 'claimed', identity: presented.identity, probe: 'not_made' };
  const signed = readKeyExchange(keyExchange, version);
  if ('kind' in signed) return signed;
  return judged(presented, Buffer.concat([...randoms, signed.parameters]), signed.signature);
}

/**
 * Reads the parameters of a key exchange, and the signature over them. Its kind (a named curve with a point, RFC 8422 §5.4;
 * or p, g and a value, RFC 5246 §7.4.3) is seen by its lengths, so that no list of cipher suites can be incomplete. A wrong
 * guess would be `forged`: it never proves anything.
 */
function readKeyExchange(body: Buffer, version: string): { parameters: Buffer; signature: Signature } | Malformed {
  for (const skip of [skipCurve, skipGroup]) {
    const fields = new ByteReader(body);
    skip(fields);
    const parameters = body.subarray(0, body.length - fields.left);
    const signature = readSignature(fields, version);
    if (signature !== 'broken') return { parameters, signature };
  }
  return BAD_KEY_EXCHANGE;
}

function skipCurve(fields: ByteReader): void {
  const isNamed = fields.number(1) === NAMED_CURVE;
  fields.take(2);
  if (fields.vector(1).length === 0 || !isNamed) fields.take(Infinity);
}

function skipGroup(fields: ByteReader): void {
  for (let number = 0; number < 3; number++) fields.vector(2);
}
