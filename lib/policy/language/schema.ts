import { z } from 'zod';
import { across, fault, leaf, list, looseLeaf, quoted } from '../text/index.js';
import type { KnownKeys, Read } from '../text/index.js';
import type { Pattern } from './document.js';
import { readPattern, readPorts, readRange, suffixKind } from './patterns.js';
import { isPlainPath } from './paths.js';

/*
 * The shape of policy files, once: this schema reads them, and `docs/policy.schema.json` is made from it. What concerns
 * one text is checked here; what needs several parts of a file, or several files, in linking.ts.
 */

/** What a list of destinations may hold: a pattern, or the name of a group to put in its place. */
export type Entry = Pattern | { readonly kind: 'group'; readonly name: string };

const labelPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** A name that people give to a policy, rule or group. It appears in reply phrases, so it is plain ASCII. */
const label = leaf((text) => {
  if (labelPattern.test(text)) return { kind: 'read', value: text };
  return fault(
    'bad_label',
    `${quoted(text)} cannot be a name here`,
    'letters, digits, ".", "_" and "-", starting with a letter or digit, at most 64',
  );
}).meta({ pattern: labelPattern.source });

/** Free text for people. */
export const words = z.string().min(1).max(2000);

const userPattern = /^[A-Za-z0-9._~-]{1,64}$/;
/** A proxy user's name. The users file takes no other: Octopus hands names to scripts inside a URL. */
export const user = leaf((text) => {
  if (userPattern.test(text)) return { kind: 'read', value: text };
  return fault(
    'bad_user',
    `${quoted(text)} cannot be a user name`,
    'letters, digits, ".", "_", "~" and "-", at most 64',
  );
}).meta({ pattern: userPattern.source });

const datePattern = /^\d{4}-\d{2}-\d{2}$/;
/** A calendar day as `YYYY-MM-DD`. */
export const date = leaf(readDate).meta({ pattern: datePattern.source, examples: ['2027-01-31'] });

/** An IP address or a range of them. */
const range = leaf(readRange).meta({ pattern: '^[0-9A-Fa-f.:]+(?:/[0-9]{1,3})?$', examples: ['10.20.0.0/16'] });

function readDate(text: string): Read<string> {
  const [year = 0, month = 0, day = 0] = datePattern.test(text) ? text.split('-').map(Number) : [];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  if (day >= 1 && day <= days) return { kind: 'read', value: text };
  return fault(
    'bad_date',
    `${quoted(text)} is not a day of the calendar`,
    'write it as YYYY-MM-DD, such as 2027-01-31',
  );
}

/** A pattern that may stand in an allow rule: a wildcard that anybody could register under would allow everybody. */
function readOwnedPattern(text: string): Read<Pattern> {
  const read = readPattern(text);
  const open = read.kind === 'read' && read.value.kind === 'under' && suffixKind(read.value.suffix) === 'public';
  if (!open) return read;
  return fault('public_suffix', `${quoted(text)} covers names that anybody can register`, 'name the domains below it');
}

function orGroup(read: (text: string) => Read<Pattern>): (text: string) => Read<Entry> {
  return (text) =>
    text.startsWith('group:')
      ? { kind: 'read', value: { kind: 'group', name: text.slice('group:'.length) } }
      : read(text);
}

function readMember(text: string): Read<Pattern> {
  if (!text.startsWith('group:')) return readOwnedPattern(text);
  return fault(
    'group_in_group',
    `${quoted(text)} is a group inside a group`,
    'groups hold hosts only: list both groups in the rules instead',
  );
}

function readPath(text: string): Read<string> {
  const hint = 'write "/exact/path", or "/below/this/*" for everything that starts so';
  if (!text.startsWith('/')) return fault('bad_path', `${quoted(text)} does not start with a slash`, hint);
  if (/[?#]/.test(text)) {
    return fault('bad_path', `${quoted(text)} holds a query or fragment`, 'rules look at the path only: remove it');
  }
  if (/\*./.test(text)) return fault('bad_path', `${quoted(text)} has a * before its end`, hint);
  // Some letter stands for what a prefix leaves open.
  if (isPlainPath(text.replace(/\*$/, 'x'))) return { kind: 'read', value: text };
  const never = `no request matches ${quoted(text)}`;
  return fault('bad_path', never, 'paths with "." or empty segments, encoded slashes or other bytes are never matched');
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function readMethod(text: string): Read<string> {
  if (methods.includes(text)) return { kind: 'read', value: text };
  if (text === 'CONNECT')
    return fault(
      'bad_method',
      'CONNECT opens tunnels, which http rules do not speak of',
      'use protocol tls, ssh, tentacle or any',
    );
  return fault('bad_method', `${quoted(text)} is not a method tidegate forwards`, `one of ${methods.join(', ')}`);
}

const destination = {
  pattern:
    '^(?:group:[A-Za-z0-9][A-Za-z0-9._-]{0,63}|(?:\\*\\.)?[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*|[0-9A-Fa-f.:]+(?:/[0-9]{1,3})?)$',
  examples: ['api.example.com', '*.example.com', '10.40.0.0/16', 'group:github'],
};
const to = leaf(orGroup(readOwnedPattern)).meta(destination);
const denied = leaf(orGroup(readPattern)).meta(destination);
const ports = list(
  looseLeaf(readPorts).meta({
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 65535 },
      { type: 'string', pattern: '^[1-9][0-9]{0,4}-[1-9][0-9]{0,4}$' },
    ],
  }),
);

const tunnels: ReadonlySet<string> = new Set(['tls', 'tentacle', 'ssh', 'any']);
const needsPorts = fault(
  'ports_needed',
  'protocol any has no usual ports',
  'add ports, such as [443] or ["8000-8100"]',
);
const methodsAreHttp = fault(
  'http_only',
  '"methods" works only with protocol http',
  'remove it: what is inside a tunnel is not read',
);
const pathsAreHttp = fault(
  'http_only',
  '"paths" works only with protocol http',
  'remove it: what is inside a tunnel is not read',
);

/** One entry of `allow`. */
const allowRule = z
  .strictObject({
    id: label.describe('unique in its policy; records, replies and cases name the rule by it'),
    to: list(to).describe('where to: host names, "*." wildcards, IP addresses, ranges, groups'),
    except: list(denied).optional().describe('what "to" covers and this rule does not'),
    'resolves-to': list(range)
      .optional()
      .describe('the only ranges that names of this rule may lead to; needed for private addresses'),
    protocol: z
      .enum(['http', 'tls', 'tentacle', 'ssh', 'any'])
      .describe('http: plain requests; tls, tentacle, ssh: CONNECT tunnels; any: both'),
    ports: ports.optional().describe('left out: 80 for http, 443 for tls, 10933 for tentacle, 22 for ssh'),
    methods: list(leaf(readMethod).meta({ enum: methods }))
      .optional()
      .describe('http only; left out: every method'),
    paths: list(leaf(readPath).meta({ pattern: '^/' }))
      .optional()
      .describe('http only: exact paths, or beginnings that end in "*"; left out: every path'),
    owner: words.optional().describe('who answers for this rule'),
    ticket: words.optional().describe('the request or change it came from'),
    description: words.optional().describe('why it is here'),
    expires: date.optional().describe('the last day (UTC) on which it allows'),
  })
  .refine((rule) => rule.protocol !== 'any' || 'ports' in rule, { ...across(needsPorts), path: ['protocol'] })
  .refine((rule) => !tunnels.has(rule.protocol) || !('methods' in rule), {
    ...across(methodsAreHttp),
    path: ['methods'],
  })
  .refine((rule) => !tunnels.has(rule.protocol) || !('paths' in rule), { ...across(pathsAreHttp), path: ['paths'] });

/** One entry of `deny`. */
const denyRule = z.strictObject({
  id: label.describe('unique in its policy'),
  to: list(denied).describe('what nobody may reach, whatever any file allows'),
  ports: ports.optional().describe('left out: every port'),
  reason: words.describe('why; shown to people who ask'),
});

const clients = z
  .strictObject({
    users: list(user).optional().describe('proxy user names'),
    networks: list(range).optional().describe('where clients connect from'),
  })
  .refine((scope) => Object.keys(scope).length > 0, {
    ...across(
      fault('empty_list', '"clients" names nobody', 'give it users or networks, or leave it out for every client'),
    ),
  });

const speaks = ['policy', 'mode', 'clients', 'allow', 'deny'];
const needsName = fault(
  'missing_key',
  '"policy" is missing',
  'add "policy: NAME": records name the policy that decided',
);
const needsRules = fault(
  'missing_key',
  'a policy without "allow" and "deny"',
  'add one of them; a file that holds only groups has neither policy, mode nor clients',
);
const needsContent = fault(
  'missing_key',
  'neither a policy nor groups',
  'add "policy" with "allow" or "deny", or "groups"',
);

/** One policy file. A file with `groups` alone is no policy: it speaks for nobody. */
export const policyFile = z
  .strictObject({
    policy: label.optional().describe('the name of this policy, unique among the loaded files'),
    description: words.optional().describe('what it is for'),
    owner: words.optional().describe('who answers for it'),
    mode: z
      .enum(['enforce', 'observe'])
      .optional()
      .describe('observe: what would be denied passes, and is recorded as such; left out: enforce'),
    clients: clients.optional().describe('whom it speaks for; left out: every client'),
    allow: list(allowRule).optional(),
    deny: list(denyRule).optional(),
    groups: z
      .record(label, list(leaf(readMember).meta(destination)))
      .optional()
      .describe('lists of hosts that rules of any file use as group:NAME'),
  })
  .refine((file) => 'policy' in file || !speaks.some((key) => key in file), across(needsName))
  .refine((file) => 'allow' in file || 'deny' in file || !speaks.some((key) => key in file), across(needsRules))
  .refine((file) => 'groups' in file || speaks.some((key) => key in file), across(needsContent))
  .meta({ anyOf: [{ required: ['policy', 'allow'] }, { required: ['policy', 'deny'] }, { required: ['groups'] }] });

/** One policy file as read, groups still by name. */
export type PolicyFile = z.output<typeof policyFile>;

const places: readonly (readonly [string, readonly string[]])[] = [
  ['at the top of a file', Object.keys(policyFile.shape)],
  ['in an entry of allow', Object.keys(allowRule.shape)],
  ['in an entry of deny', Object.keys(denyRule.shape)],
  ['in clients', Object.keys(clients.shape)],
];

const verification = 'comes with tunnel verification; this version does not check it, so it will not pretend to';

/** The keys of the policy language. */
export const policyKeys: KnownKeys = {
  later: new Map(['thumbprints', 'host-keys', 'unverifiable', 'server-names'].map((key) => [key, verification])),
  at: ([first, ...rest]) =>
    places[first === undefined ? 0 : rest.length === 0 ? 3 : first === 'allow' ? 1 : 2]?.[1] ?? [],
  elsewhere: (key) => {
    const [where] = places.find(([, keys]) => keys.includes(key)) ?? [];
    return where === undefined ? 'none' : `"${key}" belongs ${where}`;
  },
};

/** The JSON Schema of policy files, for editors: `docs/policy.schema.json`. It knows shapes, not what names and ranges mean. */
export function policyJsonSchema(): object {
  return { ...z.toJSONSchema(policyFile, { io: 'input', target: 'draft-7' }), title: 'tidegate policy file' };
}
