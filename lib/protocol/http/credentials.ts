import { malformed } from '../index.js';
import { isToken } from './characters.js';
import type { Credentials } from './types.js';

const BASIC = /^basic +([A-Za-z0-9+/]+={0,2})$/i;
// RFC 7617 §2 forbids control characters in both parts.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Reads a `Proxy-Authorization` value as Basic credentials (rule H17, RFC 7617): canonical base64 of UTF-8 text without control
 * characters, split at the first colon. `anonymous` where both parts are empty; `other_scheme`: NTLM, Negotiate, Digest, Bearer
 * and all others. Never throws; the detail holds none of the value.
 */
export function readBasicCredentials(value: string): Credentials {
  const encoded = BASIC.exec(value)?.[1];
  if (encoded === undefined) {
    const [scheme = ''] = value.split(' ', 1);
    if (isToken(scheme) && scheme.toLowerCase() !== 'basic') return { kind: 'other_scheme' };
    return malformed('the credentials are not Basic credentials');
  }
  const bytes = Buffer.from(encoded, 'base64');
  // Two texts that decode alike would be two spellings of one secret, and Node's decoder skips over what it cannot read.
  if (bytes.toString('base64') !== encoded) return malformed('the credentials are not in canonical base64');
  const text = inUtf8(bytes);
  if (text === undefined || CONTROL.test(text))
    return malformed('the credentials are not UTF-8 text without control characters');
  const colon = text.indexOf(':');
  if (colon === -1) return malformed('the credentials have no colon between user and password');
  const [user, password] = [text.slice(0, colon), text.slice(colon + 1)];
  if (user !== '') return { kind: 'credentials', user, password };
  return password === '' ? { kind: 'anonymous' } : malformed('the credentials have a password and no user');
}

function inUtf8(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  // A byte sequence that is not UTF-8 becomes U+FFFD, which encodes differently.
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}
