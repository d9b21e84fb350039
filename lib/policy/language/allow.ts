import { z } from 'zod';
import { across, fault, leaf, list, optionalList } from '../../text/index.js';
import {
  allowedHost,
  date,
  deniedHost,
  hostKey,
  label,
  methods,
  mode,
  ports,
  range,
  readMethod,
  readPath,
  serverName,
  thumbprint,
  USUAL_PORTS,
  words,
  type PortRange,
} from '../values/index.js';
import { protocols, type AllowRule, type Protocol } from './document.js';
import { expand, type Groups } from './linking.js';

const usualPorts = {
  http: one(USUAL_PORTS.http),
  tls: one(USUAL_PORTS.tls),
  tentacle: one(USUAL_PORTS.tentacle),
  ssh: one(USUAL_PORTS.ssh),
  any: [],
};

function one(port: number): readonly PortRange[] {
  return [{ first: port, last: port }];
}

/** The keys that only rules of some protocols may have, and the hint for the others. */
const onlyFor: Readonly<Record<string, { readonly of: readonly Protocol[]; readonly hint: string }>> = {
  methods: { of: ['http'], hint: 'remove it: requests inside a tunnel are not read' },
  paths: { of: ['http'], hint: 'remove it: requests inside a tunnel are not read' },
  'server-names': { of: ['tls', 'tentacle'], hint: 'remove it: only TLS has server names' },
  thumbprints: {
    of: ['tentacle'],
    hint: 'an ssh rule pins host-keys; clients of other TLS servers check certificates themselves',
  },
  'client-thumbprints': { of: ['tentacle'], hint: 'remove it: only Tentacles know their client by a thumbprint' },
  'host-keys': { of: ['ssh'], hint: 'a tentacle rule pins thumbprints' },
  unverifiable: { of: ['tentacle', 'ssh'], hint: 'remove it: it is about pins, which other rules do not have' },
  mode: {
    of: ['tentacle', 'ssh'],
    hint: 'remove it: it is about pins; to observe everything, write it at the top of the file',
  },
};

const keyChecks = Object.entries(onlyFor).map(([key, { of, hint }]): z.core.$ZodCheck<object> => {
  const others = protocols.filter((protocol) => !of.includes(protocol));
  const code = of.includes('http') ? 'http_only' : 'wrong_protocol';
  const found = fault(code, `"${key}" works only with protocol ${of.join(' or ')}`, hint);
  return z.refine((rule) => !(key in rule && 'protocol' in rule && others.some((other) => other === rule.protocol)), {
    ...across(found),
    path: [key],
  });
});

const needsPorts = fault(
  'ports_needed',
  'protocol any has no usual ports',
  'add ports, such as [443] or ["8000-8100"]',
);
const pins = ['thumbprints', 'client-thumbprints', 'host-keys'];
const nothingToVerify = fault(
  'pins_needed',
  '"unverifiable" is about pins, and the rule has none',
  'add thumbprints or host-keys, or remove it',
);

/** One entry of `allow`: its keys, and what must hold between them. {@link allowRuleOf} makes a rule of it. */
export const allowEntry = z
  .strictObject({
    id: label.describe('unique in its policy; records, replies and cases name the rule by it'),
    to: list(allowedHost).describe('host names, "*." wildcards, IP addresses, ranges, groups'),
    except: optionalList(deniedHost, 'what "to" covers and this rule does not'),
    'resolves-to': optionalList(
      range,
      'the only ranges that names of this rule may lead to; needed for private addresses',
    ),
    protocol: z.enum(protocols).describe('http: plain requests; tls, tentacle, ssh: CONNECT tunnels; any: both'),
    ports: ports.optional().describe('left out: 80 for http, 443 for tls, 10933 for tentacle, 22 for ssh'),
    methods: optionalList(leaf(readMethod).meta({ enum: [...methods] }), 'http only; left out: every method'),
    paths: optionalList(
      leaf(readPath).meta({ pattern: '^/' }),
      'http only: exact paths, or beginnings that end in "*"; left out: every path',
    ),
    'server-names': optionalList(
      serverName,
      'tls and tentacle only: names that clients may ask for in TLS, in addition to the host they connect to',
    ),
    thumbprints: optionalList(
      thumbprint,
      'tentacle only: the certificates of which the Tentacle must have one; left out: any',
    ),
    'client-thumbprints': optionalList(
      thumbprint,
      'tentacle only: the certificates of which Octopus must have one; left out: any, or none',
    ),
    'host-keys': optionalList(
      hostKey,
      'ssh only: fingerprints of which the server must have one, or "@cert-authority" ones; left out: any',
    ),
    unverifiable: z
      .enum(['allow', 'deny', 'probe'])
      .optional()
      .describe('where a pin cannot be seen: let it pass, refuse it, or ask the server; left out: probe, for ssh deny'),
    mode: mode.optional().describe('observe: what fails the pins passes, and is recorded as such; left out: enforce'),
    owner: words.optional().describe('who answers for this rule'),
    ticket: words.optional().describe('the request or change it came from'),
    description: words.optional().describe('why it is here'),
    expires: date.optional().describe('the last day (UTC) on which it allows'),
  })
  .refine((rule) => rule.protocol !== 'any' || 'ports' in rule, { ...across(needsPorts), path: ['protocol'] })
  .check(...keyChecks)
  .refine((rule) => !('unverifiable' in rule) || rule.mode === 'observe' || pins.some((pin) => pin in rule), {
    ...across(nothingToVerify),
    path: ['unverifiable'],
  });

/** The rule of one entry, its defaults filled in and its groups replaced by their members. */
export function allowRuleOf(entry: z.output<typeof allowEntry>, line: number, groups: Groups): AllowRule {
  const { protocol } = entry;
  return {
    id: entry.id,
    line,
    to: expand(entry.to, groups),
    except: expand(entry.except ?? [], groups),
    resolvesTo: entry['resolves-to'] ?? [],
    terms: {
      protocol,
      ports: entry.ports ?? usualPorts[protocol],
      methods: entry.methods ?? 'every',
      paths: entry.paths ?? 'every',
      expires: entry.expires ?? 'never',
    },
    traffic: {
      serverNames: entry['server-names'] ?? [],
      thumbprints: [...new Set(entry.thumbprints)],
      clientThumbprints: [...new Set(entry['client-thumbprints'])],
      hostKeys: entry['host-keys'] ?? [],
      // A Tentacle can be probed at any time. An SSH server that offers only key exchanges unknown to tidegate cannot.
      unverifiable: entry.unverifiable ?? (protocol === 'tentacle' ? 'probe' : 'deny'),
      observes: entry.mode === 'observe',
    },
  };
}
