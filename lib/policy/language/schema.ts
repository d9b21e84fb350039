import { z } from 'zod';
import { across, fault, leaf, list, optionalList, type KnownKeys } from '../../text/index.js';
import {
  contact,
  deniedHost,
  destination,
  label,
  mode,
  ports,
  range,
  readMember,
  user,
  words,
} from '../values/index.js';
import { allowEntry } from './allow.js';

/** One entry of `deny`. */
const denyRule = z.strictObject({
  id: label.describe('unique in its policy'),
  to: list(deniedHost).describe('what no client may reach, whatever any file allows'),
  ports: ports.optional().describe('left out: every port'),
  reason: words.describe('why; shown to people who ask'),
});

const namesNoClient = fault(
  'empty_list',
  '"clients" names no client',
  'give it users, networks or "anonymous: true", or leave it out for every client',
);
const bothKinds = fault(
  'conflict',
  '"anonymous" conflicts with "users": a client has a user, or it has none',
  'make two policies, or leave both out for every client',
);
const clients = z
  .strictObject({
    users: optionalList(user, 'proxy user names'),
    networks: optionalList(range, 'where clients connect from'),
    anonymous: z.literal(true).optional().describe('only clients without a user; not beside users'),
  })
  .refine((scope) => Object.keys(scope).length > 0, across(namesNoClient))
  .refine((scope) => !('users' in scope && 'anonymous' in scope), { ...across(bothKinds), path: ['anonymous'] });

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

/** One policy file. A file with `groups` alone is not a policy: it applies to no client. */
export const policyFile = z
  .strictObject({
    policy: label.optional().describe('the name of this policy, unique among the loaded files'),
    description: words.optional().describe('what it is for'),
    owner: words.optional().describe('who answers for it'),
    contact: contact
      .optional()
      .describe('who to ask about its denials: ends their phrases, in place of refusals.contact'),
    mode: mode.optional().describe('observe: what would be denied passes, and is recorded as such; left out: enforce'),
    clients: clients.optional().describe('clients that it applies to; left out: every client'),
    allow: list(allowEntry).optional(),
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
  ['in an entry of allow', Object.keys(allowEntry.shape)],
  ['in an entry of deny', Object.keys(denyRule.shape)],
  ['in clients', Object.keys(clients.shape)],
];

/** The keys of the policy language. */
export const policyKeys: KnownKeys = {
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
