import { createHash } from 'node:crypto';
import { malformed, type PinReading } from '../index.js';

/** The thumbprint of a certificate: the SHA-1 of its DER, 40 upper-case hex digits, as Octopus and Windows show it. */
export function thumbprintOf(der: Uint8Array): string {
  return createHash('sha1').update(der).digest('hex').toUpperCase();
}

/**
 * Reads a thumbprint as people copy it, into the form of {@link thumbprintOf}: spaces, colons or nothing between bytes. Only
 * the invisible mark that the Windows certificate dialog puts before the first digit (U+200E) is dropped.
 */
export function readThumbprint(text: string): PinReading<string> {
  const visible = text.startsWith('\u200e') ? text.slice(1) : text;
  if (!/^[0-9a-f]{2}(?:[ :]?[0-9a-f]{2})*$/i.test(visible))
    return malformed('a thumbprint is 40 hex digits, with spaces, colons or nothing between bytes');
  const digits = visible.replace(/[ :]/g, '');
  if (digits.length === 40) return { kind: 'value', value: digits.toUpperCase() };
  if (digits.length === 64)
    return malformed('this has the length of a SHA-256 fingerprint; Octopus shows the SHA-1 thumbprint, 40 hex digits');
  return malformed(`a thumbprint has 40 hex digits, and this has ${digits.length}`);
}
