import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** A stored password: what scrypt made of it, and with which salt. The cost is the same for all. */
export interface PasswordHash {
  readonly salt: Buffer;
  readonly digest: Buffer;
}

// About 80 ms and 32 MiB a guess. One cost for every user, so that the time of an answer never shows whether a user exists.
const cost = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const;
const SALT_BYTES = 16;
const DIGEST_BYTES = 32;
const ENCODED = /^\$scrypt\$ln=15,r=8,p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/** Makes the text that stands for a password in a users file: the PHC string form, `$scrypt$ln=15,r=8,p=1$salt$digest`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const digest = await derive(password, salt);
  return `$scrypt$ln=15,r=8,p=1$${unpadded(salt)}$${unpadded(digest)}`;
}

/** Reads what {@link hashPassword} made. Any other algorithm, cost or length is `'foreign'`. */
export function readPasswordHash(text: string): PasswordHash | 'foreign' {
  const [, salt, digest] = ENCODED.exec(text) ?? [];
  if (salt === undefined || digest === undefined) return 'foreign';
  return { salt: Buffer.from(salt, 'base64'), digest: Buffer.from(digest, 'base64') };
}

/** Whether `password` has that hash. Takes its time in the thread pool, the same for right and wrong. */
export async function passwordMatches(password: string, hash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, hash.salt), hash.digest);
}

/** Makes a hash that no password matches, to spend the same time on a user who does not exist. */
export function unmatchableHash(): PasswordHash {
  return { salt: randomBytes(SALT_BYTES), digest: randomBytes(DIGEST_BYTES) };
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, DIGEST_BYTES, cost, (error, digest) => (error === null ? resolve(digest) : reject(error)));
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
