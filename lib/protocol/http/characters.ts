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

/**
 * What may stand in the path and query of a URI that has arrived (rule A10): the characters of RFC 3986, those that it has no
 * place for but clients send as they are (`docs/strictness.md` names them), a percent sign before anything, and well-formed
 * UTF-8 (RFC 3629 §4) without the control characters U+0080 to U+009F. Each byte is one character here. What it does not
 * take has a meaning to some reader: the space, `#`, control bytes, `\`, and bytes that are not UTF-8, such as a slash in an
 * over-long form.
 */
const ALL_TARGET = new RegExp(
  `^(?:${[
    String.raw`[\w.~!$&'()*+,;=:@/?[\]%"<>^\x60{|}-]`,
    String.raw`\xc2[\xa0-\xbf]|[\xc3-\xdf][\x80-\xbf]`,
    String.raw`\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]`,
    String.raw`\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}`,
  ].join('|')})*$`,
);

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

/** Whether a text may stand as the path and query of a request (rule A10). */
export function isPathAndQuery(text: string): boolean {
  return ALL_TARGET.test(text);
}
