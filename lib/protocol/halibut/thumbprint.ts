/** A thumbprint as Octopus writes it, or why the text is none; `detail` holds no byte of the text. */
export type ThumbprintReading =
  { readonly kind: 'read'; readonly thumbprint: string } | { readonly kind: 'malformed'; readonly detail: string };

/**
 * Reads the SHA-1 of a DER certificate as people copy it: 40 hex digits, in capitals or not, with colons or blanks between
 * bytes or without. What is read is as Octopus shows it: 40 digits, capitals, nothing between.
 */
export function readThumbprint(text: string): ThumbprintReading {
  const digits = text.replaceAll(/[\s:]/g, '').toUpperCase();
  if (/^[0-9A-F]{40}$/.test(digits)) return { kind: 'read', thumbprint: digits };
  if (/^[0-9A-F]{64}$/.test(digits)) {
    return { kind: 'malformed', detail: 'that is a SHA-256 hash; Octopus shows the SHA-1 thumbprint, 40 digits' };
  }
  if (/^[0-9A-F]+$/.test(digits)) return { kind: 'malformed', detail: `it has ${digits.length} digits instead of 40` };
  return { kind: 'malformed', detail: 'a thumbprint is 40 hex digits' };
}
