/** A character that may stand in a token: methods, field names, connection options (RFC 9110 §5.6.2). */
export const TOKEN = 1;
/** A character that may stand in a field value: visible ASCII, blank, tab, and the bytes 80–FF (RFC 9110 §5.5). */
export const VALUE = 2;
/** A character that may stand in a path or query as it is. `%` is not one: it must introduce two hex digits. */
export const TARGET = 4;
/** A hexadecimal digit of either case. */
export const HEX = 8;
/** A blank or a tab: optional white space around a field value. */
export const BLANK = 16;

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const KINDS = new Uint8Array(256);
mark(TOKEN, `${DIGITS}${LETTERS}!#$%&'*+-.^_\`|~`);
// RFC 3986 pchar, `/` and `?`. The brackets are reserved characters that have no place there, but .NET's Uri leaves them
// as they are (an OData or JSON:API query holds them), and no reader gives them a meaning outside the authority.
mark(TARGET, `${DIGITS}${LETTERS}-._~!$&'()*+,;=:@/?[]`);
mark(HEX, `${DIGITS}ABCDEFabcdef`);
mark(BLANK, ' \t');
mark(VALUE, '\t');
for (let code = 0x20; code < 0x100; code++) if (code !== 0x7f) setKind(code, VALUE);

/** The kinds of a character, one bit each; 0 for what is not a single byte. */
export function kindsOf(code: number): number {
  return KINDS[code] ?? 0;
}

/** Whether a text is one token: at least one character, and no other kind. */
export function isToken(text: string): boolean {
  return text.length > 0 && isAll(text, TOKEN);
}

/** Whether a text may stand as a field value: so above all, whether it can end a line or smuggle one in. */
export function isFieldValue(text: string): boolean {
  return isAll(text, VALUE);
}

/** Whether every character of a text is of a kind. */
export function isAll(text: string, kind: number): boolean {
  for (let at = 0; at < text.length; at++) if ((kindsOf(text.charCodeAt(at)) & kind) === 0) return false;
  return true;
}

function mark(kind: number, characters: string): void {
  for (const character of characters) setKind(character.charCodeAt(0), kind);
}

function setKind(code: number, kind: number): void {
  KINDS[code] = kindsOf(code) | kind;
}
