/** A character that may stand in a token: methods, field names, connection options (RFC 9110 §5.6.2). */
export const TOKEN = 1;
/** A character that may stand in a field value: visible ASCII, blank, tab, and the bytes 80–FF (RFC 9110 §5.5). */
export const VALUE = 2;
/** A hexadecimal digit of either case. */
export const HEX = 4;
/** A blank or a tab: optional white space around a field value. */
export const BLANK = 8;

const KINDS = new Uint8Array(256);
for (let code = 0; code < KINDS.length; code++) {
  const character = String.fromCharCode(code);
  KINDS[code] =
    (/[\w!#$%&'*+.^`|~-]/.test(character) ? TOKEN : 0) |
    (/[\t\x20-\x7e\x80-\xff]/.test(character) ? VALUE : 0) |
    (/[0-9A-Fa-f]/.test(character) ? HEX : 0) |
    (/[\t ]/.test(character) ? BLANK : 0);
}

// RFC 3986: pchar, `/` and `?`, a percent sign only before two hex digits. The brackets are reserved characters that have
// no place there, but .NET's Uri leaves them as they are, and no reader gives them a meaning outside the authority.
const ALL_TARGET = /^(?:[\w.~!$&'()*+,;=:@/?[\]-]|%[0-9A-Fa-f]{2})*$/;

/** The kinds of a character, one bit each; 0 for what is not a single byte. For scanning: texts are tested as a whole below. */
export function kindsOf(code: number): number {
  return KINDS[code] ?? 0;
}

/** Whether a text is one token: at least one character, and no other kind. */
export function isToken(text: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(text);
}

/** Whether a text may stand as a field value: so above all, whether it can end a line or smuggle one in. */
export function isFieldValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

/** Whether a text may stand as the path and query of a URI as it is, nothing more to be encoded (rule A10). */
export function isPathAndQuery(text: string): boolean {
  return ALL_TARGET.test(text);
}
