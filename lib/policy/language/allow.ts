import { z } from 'zod';
import { across, fault, leaf, list } from '../../text/index.js';
import {
  allowedHost,
  date,
  deniedHost,
  hostKey,
  label,
  methods,
  ports,
  range,
  readMethod,
  readPath,
  serverName,
  thumbprint,
  words,
} from '../values/index.js';

const protocols = ['http', 'tls', 'tentacle', 'ssh', 'any'] as const;
const TUNNELS: ReadonlySet<string> = new Set(['tls', 'tentacle', 'ssh', 'any']);
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

/** What a rule may ask of the traffic in its tunnels: for which protocols, and what to say where it is another. */
const asksOfTraffic = {
  'server-names': { of: ['tls', 'tentacle'], instead: 'remove it: only TLS has server names' },
  thumbprints: {
    of: ['tentacle'],
    instead: 'an ssh rule pins host-keys; clients of other TLS servers check certificates themselves',
  },
  'client-thumbprints': { of: ['tentacle'], instead: 'remove it: only Tentacles know their client by a thumbprint' },
  'host-keys': { of: ['ssh'], instead: 'a tentacle rule pins thumbprints' },
  unverifiable: { of: ['tentacle', 'ssh'], instead: 'remove it: it is about pins, which other rules do not have' },
  mode: {
    of: ['tentacle', 'ssh'],
    instead: 'remove it: it is about pins; to observe everything, write it at the top of the file',
  },
} as const;

type AskOfTraffic = keyof typeof asksOfTraffic;

function onlyFor(key: AskOfTraffic): z.core.$ZodCheck<object> {
  const { of, instead } = asksOfTraffic[key];
  const others = protocols.filter((protocol) => !of.some((one) => one === protocol));
  const found = fault('wrong_protocol', `"${key}" works only with protocol ${of.join(' or ')}`, instead);
  return z.refine((rule) => !(key in rule && 'protocol' in rule && others.some((one) => one === rule.protocol)), {
    ...across(found),
    path: [key],
  });
}

const pins = ['thumbprints', 'client-thumbprints', 'host-keys'];
const nothingToVerify = fault(
  'pins_needed',
  '"unverifiable" says what to do about pins, and the rule has none',
  'add thumbprints or host-keys, or remove it',
);

/** One entry of `allow`. */
export const allowRule = z
  .strictObject({
    id: label.describe('unique in its policy; records, replies and cases name the rule by it'),
    to: list(allowedHost).describe('where to: host names, "*." wildcards, IP addresses, ranges, groups'),
    except: list(deniedHost).optional().describe('what "to" covers and this rule does not'),
    'resolves-to': list(range)
      .optional()
      .describe('the only ranges that names of this rule may lead to; needed for private addresses'),
    protocol: z.enum(protocols).describe('http: plain requests; tls, tentacle, ssh: CONNECT tunnels; any: both'),
    ports: ports.optional().describe('left out: 80 for http, 443 for tls, 10933 for tentacle, 22 for ssh'),
    methods: list(leaf(readMethod).meta({ enum: methods }))
      .optional()
      .describe('http only; left out: every method'),
    paths: list(leaf(readPath).meta({ pattern: '^/' }))
      .optional()
      .describe('http only: exact paths, or beginnings that end in "*"; left out: every path'),
    'server-names': list(serverName)
      .optional()
      .describe('tls and tentacle only: names that clients may ask for in TLS besides the host they connect to'),
    thumbprints: list(thumbprint)
      .optional()
      .describe('tentacle only: the certificates of which the Tentacle must have one; left out: any'),
    'client-thumbprints': list(thumbprint)
      .optional()
      .describe('tentacle only: the certificates of which Octopus must have one; left out: any, or none'),
    'host-keys': list(hostKey)
      .optional()
      .describe('ssh only: fingerprints of which the server must have one, or "@cert-authority" ones; left out: any'),
    unverifiable: z
      .enum(['allow', 'deny', 'probe'])
      .optional()
      .describe('where a pin cannot be seen: let it pass, refuse it, or ask the server; left out: probe, for ssh deny'),
    mode: z
      .enum(['enforce', 'observe'])
      .optional()
      .describe('observe: what fails the pins passes, and is recorded as such; left out: enforce'),
    owner: words.optional().describe('who answers for this rule'),
    ticket: words.optional().describe('the request or change it came from'),
    description: words.optional().describe('why it is here'),
    expires: date.optional().describe('the last day (UTC) on which it allows'),
  })
  .refine((rule) => rule.protocol !== 'any' || 'ports' in rule, { ...across(needsPorts), path: ['protocol'] })
  .refine((rule) => !TUNNELS.has(rule.protocol) || !('methods' in rule), {
    ...across(methodsAreHttp),
    path: ['methods'],
  })
  .refine((rule) => !TUNNELS.has(rule.protocol) || !('paths' in rule), { ...across(pathsAreHttp), path: ['paths'] })
  .check(
    ...(['server-names', 'thumbprints', 'client-thumbprints', 'host-keys', 'unverifiable', 'mode'] as const).map(
      onlyFor,
    ),
  )
  .refine((rule) => !('unverifiable' in rule) || rule.mode === 'observe' || pins.some((pin) => pin in rule), {
    ...across(nothingToVerify),
    path: ['unverifiable'],
  });
