/** Whether a text can be a user name or a password. `unwise`: it can, with a reason not to. */
type Usable =
  | { readonly kind: 'usable' }
  | { readonly kind: 'unwise'; readonly detail: string }
  | { readonly kind: 'unusable'; readonly detail: string };

const NAME = /^[A-Za-z0-9._~-]{1,64}$/;
const PLAIN = /^[A-Za-z0-9._~-]+$/;
const PRINTABLE = /^[\x20-\x7e]+$/;

/**
 * Whether `text` can be a user name: 1 to 64 of letters, digits and `.` `_` `~` `-`.
 *
 * Octopus puts the name into the proxy URL that deployment scripts see, and not every reader of that URL decodes it; so
 * only characters that no encoding touches are allowed.
 */
export function checkUserName(text: string): Usable {
  if (NAME.test(text)) return { kind: 'usable' };
  return {
    kind: 'unusable',
    detail: 'a user name must be 1 to 64 characters of A-Z a-z 0-9 . _ ~ - (Octopus passes it to scripts in a URL)',
  };
}

/**
 * Whether `text` can be a password: 1 to 128 printable ASCII characters, since Octopus Server and Tentacle encode
 * credentials as ASCII and turn every other character into `?`. Characters that URLs encode are `unwise`.
 */
export function checkPassword(text: string): Usable {
  if (text === '') return { kind: 'unusable', detail: 'the password is empty' };
  if (text.length > 128) return { kind: 'unusable', detail: 'the password is longer than 128 characters' };
  if (!PRINTABLE.test(text)) {
    return {
      kind: 'unusable',
      detail: 'the password has a character that is not printable ASCII; Octopus would send "?" in its place',
    };
  }
  if (PLAIN.test(text)) return { kind: 'usable' };
  return {
    kind: 'unwise',
    detail:
      'the password has characters outside A-Z a-z 0-9 . _ ~ -; deployment scripts get it in a URL, and some do not decode it',
  };
}
