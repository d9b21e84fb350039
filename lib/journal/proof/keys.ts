import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';

/** A public key under a name, as C2SP's signed notes have them. */
export interface VerifierKey {
  readonly name: string;
  /** Eight hex digits that stand before each signature, to distinguish keys of one name: a short hash, not a proof. */
  readonly id: string;
  readonly publicKey: KeyObject;
  /** All of it as one line: `<name>+<id>+<base64>`. */
  readonly text: string;
}

/** A private key, and its public side. */
export interface SigningKey extends VerifierKey {
  readonly privateKey: KeyObject;
}

/** Makes a new Ed25519 key, in PKCS#8 PEM. */
export function generateKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Reads a private key in PKCS#8 PEM, under a name; `'own'`: that of {@link originOf}. A text says why it cannot be used. */
export function toSigningKey(pem: string, name: string): SigningKey | { readonly kind: 'malformed'; detail: string } {
  const privateKey = readPem(pem);
  if (privateKey?.asymmetricKeyType !== 'ed25519') {
    return { kind: 'malformed', detail: 'not an Ed25519 private key in PKCS#8 PEM' };
  }
  const publicKey = createPublicKey(privateKey);
  const given = name === 'own' ? originOf(publicKey) : name;
  if (!isKeyName(given)) return { kind: 'malformed', detail: `"${given}" cannot be a key's name` };
  return { ...toVerifierKey(given, publicKey), privateKey };
}

function readPem(pem: string): KeyObject | undefined {
  if (!pem.startsWith('-----BEGIN PRIVATE KEY-----\n')) return undefined;
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined; // Node's only way to say that it is not a key.
  }
}

/** The name of a log by its first key: `tidegate/` and 16 hex digits of that key's SHA-256. */
export function originOf(publicKey: KeyObject): string {
  return `tidegate/${hash('sha256', rawBytes(publicKey), 'hex').slice(0, 16)}`;
}

let lastRead: VerifierKey | 'none' = 'none';

/** Reads `<name>+<id>+<base64>`; nothing before, between or after. */
export function parseVerifierKey(text: string): VerifierKey | 'malformed' {
  // All checkpoints of a journal name the same key.
  if (lastRead !== 'none' && lastRead.text === text) return lastRead;
  const key = readVerifierKey(text);
  if (key !== 'malformed') lastRead = key;
  return key;
}

function readVerifierKey(text: string): VerifierKey | 'malformed' {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(text) ?? [];
  if (name === undefined || id === undefined || encoded === undefined || !isKeyName(name)) return 'malformed';
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes[0] !== ED25519) return 'malformed';
  const key = toVerifierKey(name, publicKeyOf(bytes.subarray(1)));
  return key.id === id ? key : 'malformed';
}

/** Whether a text can name a key: not empty, no white space, no plus (C2SP signed-note), nothing invisible. */
export function isKeyName(name: string): boolean {
  return /^[^\s+\p{C}\p{Z}]+$/u.test(name);
}

/** The signature type "Ed25519" of C2SP's signed notes. */
const ED25519 = 1;

function toVerifierKey(name: string, publicKey: KeyObject): VerifierKey {
  const typed = Buffer.concat([Buffer.of(ED25519), rawBytes(publicKey)]);
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typed]), 'hex').slice(0, 8);
  return { name, id, publicKey, text: `${name}+${id}+${typed.toString('base64')}` };
}

/** The prefix of an Ed25519 key's 32 bytes in DER (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

function rawBytes(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI.length);
}

function publicKeyOf(bytes: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, bytes]), type: 'spki', format: 'der' });
}
