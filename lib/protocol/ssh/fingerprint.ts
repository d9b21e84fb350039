/** A host key, or an authority that certifies host keys, by its fingerprint. `text` is as OpenSSH writes it. */
export interface HostKeyPin {
  readonly marker: 'key' | 'authority';
  readonly form: 'sha256' | 'md5';
  readonly text: string;
}

/** A pin, or why the text is none; `detail` holds no byte of the text. */
export type FingerprintReading =
  { readonly kind: 'read'; readonly pin: HostKeyPin } | { readonly kind: 'malformed'; readonly detail: string };

const authority = /^@cert-authority +/;

/** Reads `SHA256:` and 43 letters of base64, or `MD5:` and 16 bytes in hex, with `@cert-authority` in front or without. */
export function readFingerprint(text: string): FingerprintReading {
  const marker = authority.test(text) ? 'authority' : 'key';
  const bare = text.replace(authority, '');
  if (/^SHA256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=?$/.test(bare)) {
    return { kind: 'read', pin: { marker, form: 'sha256', text: bare.replace('=', '') } };
  }
  if (/^MD5:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){15}$/.test(bare)) {
    return { kind: 'read', pin: { marker, form: 'md5', text: `MD5:${bare.slice(4).toLowerCase()}` } };
  }
  if (bare.startsWith('SHA256:')) return { kind: 'malformed', detail: 'SHA256: is followed by 43 letters of base64' };
  if (bare.startsWith('MD5:')) return { kind: 'malformed', detail: 'MD5: is followed by 16 bytes in hex with colons' };
  return { kind: 'malformed', detail: 'a fingerprint starts with SHA256: or MD5:' };
}
