import { malformed, type Malformed } from '../index.js';
import { SshReader } from './ssh-reader.js';

/** What one end offers (SSH_MSG_KEXINIT, RFC 4253 §7.1), as far as it decides which host key is shown; best first. */
export interface KeyExchangeInit {
  readonly keyExchange: readonly string[];
  readonly hostKeyAlgorithms: readonly string[];
}

/** The methods that two offers agree on. */
export interface Negotiated {
  readonly keyExchange: string;
  readonly hostKeyAlgorithm: string;
  /** The number of the server's message that carries the host key. `unknown`: a method that is not known here. */
  readonly reply: 31 | 33 | 'unknown';
}

/** The number of the message that offers. */
export const KEXINIT = 20;

const COOKIE_BYTES = 16;
/** Ciphers, MACs, compressions and languages, each in both directions. */
const OTHER_LISTS = 8;

/** Names in the list of methods that say something else (RFC 8308 §2.1, OpenSSH's PROTOCOL §1.10, Dropbear). */
const MARKERS: ReadonlySet<string> = new Set([
  ...['ext-info-c', 'ext-info-s', 'kexguess2@matt.ucc.asn.au'],
  ...['kex-strict-c-v00@openssh.com', 'kex-strict-s-v00@openssh.com'],
]);

/**
 * Methods and the number of the reply that carries the host key: RFC 4253 §8, RFC 4419 §5, RFC 5656 §4, RFC 8268,
 * RFC 8731, draft-ietf-sshm-ntruprime-ssh, draft-ietf-sshm-mlkem-hybrid-kex.
 */
const REPLIES: Readonly<Record<31 | 33, readonly string[]>> = {
  31: [
    ...['curve25519-sha256', 'curve25519-sha256@libssh.org', 'curve448-sha512'],
    ...['ecdh-sha2-nistp256', 'ecdh-sha2-nistp384', 'ecdh-sha2-nistp521'],
    ...['diffie-hellman-group1-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group14-sha256'],
    ...['diffie-hellman-group15-sha512', 'diffie-hellman-group16-sha512', 'diffie-hellman-group17-sha512'],
    'diffie-hellman-group18-sha512',
    ...['sntrup761x25519-sha512', 'sntrup761x25519-sha512@openssh.com'],
    ...['mlkem768x25519-sha256', 'mlkem768nistp256-sha256', 'mlkem1024nistp384-sha384'],
  ],
  33: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group-exchange-sha256'],
};

const NOT_INIT = malformed('an offer of key exchange does not have the fields of one');
const GUESS = malformed('the server sends a packet of key exchange on a guess, which not all clients read');

/**
 * Reads the payload of SSH_MSG_KEXINIT. A server that says it sends a packet on a guess is malformed: in every method known
 * here the client speaks first, and clients differ in whether that packet counts (OpenSSH and ssh2 compare the first names
 * of the lists, even a marker), so that the server could show one host key to an observer and another to its client.
 */
export function readKeyExchangeInit(payload: Buffer, from: 'client' | 'server'): KeyExchangeInit | Malformed {
  const fields = new SshReader(payload);
  const number = fields.number(1);
  fields.take(COOKIE_BYTES);
  const keyExchange = fields.names();
  const hostKeyAlgorithms = fields.names();
  for (let list = 0; list < OTHER_LISTS; list++) fields.names();
  const firstPacketFollows = fields.number(1) !== 0;
  fields.number(4); // reserved: RFC 4253 §7.1 lets it be anything later on
  if (number !== KEXINIT || !fields.spent) return NOT_INIT;
  if (from === 'server' && firstPacketFollows) return GUESS;
  return { keyExchange, hostKeyAlgorithms };
}

/**
 * Chooses as both ends do (RFC 4253 §7.1): of each list the client's first that the server has too. Where a list has no
 * such name, neither end is wrong, and both will close.
 */
export function negotiate(client: KeyExchangeInit, server: KeyExchangeInit): Negotiated | 'nothing_in_common' {
  const keyExchange = firstShared(methodsOf(client), methodsOf(server));
  const hostKeyAlgorithm = firstShared(client.hostKeyAlgorithms, server.hostKeyAlgorithms);
  if (keyExchange === undefined || hostKeyAlgorithm === undefined) return 'nothing_in_common';
  return { keyExchange, hostKeyAlgorithm, reply: replyOf(keyExchange) };
}

function methodsOf({ keyExchange }: KeyExchangeInit): readonly string[] {
  return keyExchange.filter((name) => !MARKERS.has(name));
}

function firstShared(wanted: readonly string[], offered: readonly string[]): string | undefined {
  const there = new Set(offered);
  return wanted.find((name) => there.has(name));
}

function replyOf(keyExchange: string): Negotiated['reply'] {
  if (REPLIES[31].includes(keyExchange)) return 31;
  return REPLIES[33].includes(keyExchange) ? 33 : 'unknown';
}
