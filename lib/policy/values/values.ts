import { z } from 'zod';
import { readThumbprint } from '../../protocol/halibut/index.js';
import { readFingerprint, type HostKeyPin } from '../../protocol/ssh/index.js';
import { CONTACT, fault, leaf, list, looseLeaf, quoted, type ProblemCode, type TextReading } from '../../text/index.js';
import { readPattern, readPorts, readRange, suffixKind, type Pattern, type ServerNamePattern } from './patterns.js';

/** What a list of destinations may hold: a pattern, or the name of a group to put in its place. */
export type HostEntry = Pattern | { readonly kind: 'group'; readonly name: string };

/** A text that matches a pattern. */
function matching(pattern: RegExp, code: ProblemCode, what: string, hint: string): z.ZodType<string, string> {
  return leaf((text) => {
    return pattern.test(text) ? { kind: 'value', value: text } : fault(code, `${quoted(text)} is not ${what}`, hint);
  }).meta({ pattern: pattern.source });
}

/** A name that people give to a policy, rule or group. It appears in reply phrases, so it is plain ASCII. */
export const label = matching(
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  'bad_label',
  'a valid name',
  'letters, digits, ".", "_" and "-", starting with a letter or digit, at most 64',
);

/** Who to ask about a refusal, as its phrase ends with it: one line of printable ASCII. */
export const contact = matching(
  CONTACT,
  'bad_value',
  'a valid contact',
  'at most 40 printable ASCII characters, such as "go/egress" or "egress@corp.example"',
);

/** Free text for people. */
export const words = z.string().min(1).max(2000);

/** A proxy user's name. The users file takes no other: Octopus hands names to scripts inside a URL. */
export const user = matching(
  /^[A-Za-z0-9._~-]{1,64}$/,
  'bad_user',
  'a valid user name',
  'letters, digits, ".", "_", "~" and "-", at most 64',
);

/** A calendar day as `YYYY-MM-DD`. */
export const date = matching(
  z.regexes.date,
  'bad_date',
  'a day of the calendar',
  'write it as YYYY-MM-DD, such as 2027-01-31',
).meta({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2027-01-31'] });

/** Whether a policy or a rule decides, or is only recorded. */
export const mode = z.enum(['enforce', 'observe']);

/** An IP address or a range of them. */
export const range = leaf(readRange).meta({ pattern: '^[0-9A-Fa-f.:]+(?:/[0-9]{1,3})?$', examples: ['10.20.0.0/16'] });

/** A pattern that may stand in an allow rule: a wildcard that anybody could register under would allow everybody. */
function readOwnedPattern(text: string): TextReading<Pattern> {
  const read = readPattern(text);
  const open = read.kind === 'value' && read.value.kind === 'under' && suffixKind(read.value.suffix) === 'public';
  if (!open) return read;
  return fault('public_suffix', `${quoted(text)} covers names that anybody can register`, 'name the domains below it');
}

function orGroup(read: (text: string) => TextReading<Pattern>): (text: string) => TextReading<HostEntry> {
  return (text) =>
    text.startsWith('group:')
      ? { kind: 'value', value: { kind: 'group', name: text.slice('group:'.length) } }
      : read(text);
}

/** Reads an entry of a group: a pattern, since groups hold no groups. */
export function readMember(text: string): TextReading<Pattern> {
  if (!text.startsWith('group:')) return readOwnedPattern(text);
  return fault(
    'group_in_group',
    `${quoted(text)} is a group inside a group`,
    'groups hold hosts only: list both groups in the rules instead',
  );
}

/** The description of an entry of `to` for editors. */
export const destination = {
  pattern:
    '^(?:group:[A-Za-z0-9][A-Za-z0-9._-]{0,63}|(?:\\*\\.)?[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*|[0-9A-Fa-f.:]+(?:/[0-9]{1,3})?)$',
  examples: ['api.example.com', '*.example.com', '10.40.0.0/16', 'group:github'],
};
/** An entry of an allow rule's `to`. */
export const allowedHost = leaf(orGroup(readOwnedPattern)).meta(destination);
/** An entry of a deny entry's `to`, or of `except`: what only narrows may be as wide as one likes. */
export const deniedHost = leaf(orGroup(readPattern)).meta(destination);
/** A list of ports and ranges of ports. */
export const ports = list(
  looseLeaf(readPorts).meta({
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 65535 },
      { type: 'string', pattern: '^[1-9][0-9]{0,4}-[1-9][0-9]{0,4}$' },
    ],
  }),
);

/** A name that a TLS client may ask for. */
export const serverName = leaf((text) => asServerName(text, readOwnedPattern(text))).meta({
  pattern: '^(?:\\*\\.)?[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*$',
  examples: ['api.example.com', '*.example.com'],
});
/** A certificate by its thumbprint. */
export const thumbprint = looseLeaf(readQuotedThumbprint).meta({
  type: 'string',
  pattern: '^[0-9A-Fa-f]{2}(?:[ :]?[0-9A-Fa-f]{2}){19}$',
  examples: ['5B1F1C6A9D2E3F405162738495A6B7C8D9E0F1A2'],
});
/** A host key, or an authority of host keys, by its fingerprint. */
export const hostKey = leaf(readPinnedHostKey).meta({
  pattern:
    '^(?:@cert-authority +)?(?:(?:SHA256|sha256):[A-Za-z0-9+/]{43}=?|(?:[Mm][Dd]5:)?[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){15})$',
  examples: ['SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDZUdtAVv8Q/1C0Y2M'],
});

/** Reads a certificate's thumbprint as Octopus shows it, in any usual way of writing. */
export function readPinnedThumbprint(text: string): TextReading<string> {
  const read = readThumbprint(text);
  if (read.kind === 'value') return read;
  const hint = 'write the thumbprint that Octopus shows, such as 5B1F1C6A9D2E3F405162738495A6B7C8D9E0F1A2';
  return fault('bad_thumbprint', `${quoted(text)} is not a thumbprint: ${read.detail}`, hint);
}

/** YAML takes a thumbprint that happens to be all digits for a number, and loses most of them. */
function readQuotedThumbprint(value: unknown): TextReading<string> {
  if (typeof value === 'string') return readPinnedThumbprint(value);
  const found =
    typeof value === 'number' ? 'a thumbprint of digits alone is read as a number' : 'a thumbprint is a text';
  return fault('bad_thumbprint', found, 'write it in quotes');
}

/** Reads a host key's fingerprint, or that of an authority that certifies host keys, as OpenSSH and Octopus show them. */
export function readPinnedHostKey(text: string): TextReading<HostKeyPin> {
  const read = readFingerprint(text);
  if (read.kind === 'value') return read;
  const hint =
    'write what "ssh-keygen -lf KEY.pub" or "tidegate probe HOST:22" shows, such as "SHA256:" and 43 letters';
  return fault('bad_fingerprint', `${quoted(text)} does not pin a host key: ${read.detail}`, hint);
}

/** Takes a pattern that can stand in a TLS hello: addresses cannot (RFC 6066 §3). */
function asServerName(text: string, read: TextReading<Pattern>): TextReading<ServerNamePattern> {
  if (read.kind === 'problems') return read;
  const { value } = read;
  if (value.kind !== 'range') return { kind: 'value', value };
  const hint = 'remove it: TLS has no server names that are addresses, and for an address none is needed';
  return fault('bad_host', `${quoted(text)} is an address, not a server name`, hint);
}
