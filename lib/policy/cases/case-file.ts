import { z } from 'zod';
import { parseAddress, parseAuthority, type Parsed } from '../../address/index.js';
import type { Attempt } from '../../attempt/index.js';
import {
  across,
  fault,
  leaf,
  list,
  onceSound,
  mapReading,
  quoted,
  readShape,
  type Problem,
  type TextReading,
  type Tree,
} from '../../text/index.js';
import { denialReasons } from '../judge/index.js';
import { date, user, words } from '../values/index.js';
import { trafficKeys } from './described-traffic.js';

/** Whether a file of a policy folder holds cases (`NAME.test.yaml`) and no policy. */
export function isCaseFile(path: string): boolean {
  return /\.test\.ya?ml$/i.test(path);
}

/** The request of a case. */
type Requested = Pick<Attempt, 'destination' | 'intent'>;

const address = leaf((text) => settled(parseAddress(text), text, 'an IP address'));
const verbs = ['connect', 'get', 'head', 'post', 'put', 'patch', 'delete', 'options'];
const hasTraffic = (one: object): boolean => Object.keys(trafficKeys).some((key) => key in one);
const ruleName = z.string().regex(/^[^/]+(?:\/[^/]+)?$/);

const oneCase = z
  .strictObject({
    name: words.optional().describe('what it shows'),
    user: user.optional().describe('proxy user; left out: a client known by its address alone'),
    from: address.optional().describe('address of the client; left out: 192.0.2.1'),
    connect: leaf(readConnect).optional().describe('host:port of a tunnel'),
    get: url('GET').describe('http:// URL of a plain request; post, put and so on work the same way'),
    head: url('HEAD'),
    post: url('POST'),
    put: url('PUT'),
    patch: url('PATCH'),
    delete: url('DELETE'),
    options: url('OPTIONS'),
    answers: list(address).optional().describe('what the name resolves to; left out: only the name is judged'),
    ...trafficKeys,
    on: date.optional().describe('the day it happens; left out: before any rule expires'),
    expect: z.enum(['allow', 'deny', 'observe']),
    rule: ruleName.optional().describe('the rule or deny entry that decides: ID or POLICY/ID'),
    reason: z.enum(denialReasons).optional().describe('why it is denied'),
  })
  .refine(
    (one) => verbs.filter((verb) => verb in one).length === 1,
    across(fault('bad_case', 'a case makes exactly one request', `give it one of ${verbs.join(', ')}`)),
  )
  .refine((one) => one.expect !== 'allow' || !('reason' in one), {
    ...across(fault('bad_case', '"reason" is for denials', 'remove it')),
    path: ['reason'],
  })
  .refine(
    (one) => 'connect' in one || !hasTraffic(one),
    across(fault('bad_case', 'only tunnels have server names, thumbprints and host keys', 'use "connect"')),
  )
  .refine(
    (one) => !('host-key' in one) || !['server-name', 'thumbprint', 'client-thumbprint'].some((key) => key in one),
    {
      ...across(fault('bad_case', 'a tunnel carries TLS or SSH, not both', 'write two cases')),
      path: ['host-key'],
    },
  )
  .refine(
    (one) => one.connect?.destination.host.kind !== 'name' || 'answers' in one || !hasTraffic(one),
    onceSound(fault('bad_case', 'traffic is judged for the address that was dialled', 'add "answers"')),
  );

/** The cases of one file. */
const caseFile = list(oneCase);
/** One case. */
export type Case = z.output<typeof oneCase>;

const caseKeys = {
  at: (): readonly string[] => Object.keys(oneCase.shape),
  elsewhere: (): 'none' => 'none',
};

function settled<T>(parsed: Parsed<T>, text: string, what: string): TextReading<T> {
  if (parsed.kind === 'parsed') return { kind: 'value', value: parsed.value };
  return fault('bad_case', `${quoted(text)} is not ${what}: ${parsed.detail}`, 'none');
}

function readConnect(text: string): TextReading<Requested> {
  const read = settled(parseAuthority(text), text, 'host:port');
  return mapReading(read, (destination) => ({ destination, intent: { kind: 'tunnel' } }));
}

function url(method: string): z.ZodOptional<z.ZodType<Requested, string>> {
  return leaf((text): TextReading<Requested> => {
    const [, authority, path = '/'] = /^http:\/\/([^/?#@]+)(\/[^?#]*)?(?:\?[^#]*)?$/.exec(text) ?? [];
    if (authority === undefined) {
      const hint = text.startsWith('https:')
        ? 'a proxy sees https as a tunnel: write connect: HOST:443'
        : 'write http://host/path or http://host:8080/path';
      return fault('bad_case', `${quoted(text)} is not a plain http URL`, hint);
    }
    const read = settled(parseAuthority(/:\d+$/.test(authority) ? authority : `${authority}:80`), authority, 'a host');
    return mapReading(read, (destination) => ({ destination, intent: { kind: 'forward', method, path } }));
  }).optional();
}

/** Reads the cases of one file. */
export function readCases(tree: Tree): { readonly cases: readonly Case[]; readonly problems: readonly Problem[] } {
  const { value: cases = [], problems } = readShape(tree, caseFile, caseKeys);
  return { cases, problems };
}

/** The request that a case makes. */
export function requestOf(one: Case): Requested {
  const request = one.connect ?? one.get ?? one.head ?? one.post ?? one.put ?? one.patch ?? one.delete ?? one.options;
  if (request === undefined) throw new Error('the schema lets no case pass that makes no request');
  return request;
}

/** The JSON Schema of case files, for editors: `docs/policy-cases.schema.json`. */
export function caseJsonSchema(): object {
  return { ...z.toJSONSchema(caseFile, { io: 'input', target: 'draft-7' }), title: 'tidegate policy cases' };
}
