import { z } from 'zod';
import { parseAddress, parseAuthority, type Destination, type Parsed } from '../../address/index.js';
import type { Attempt, Intent } from '../../attempt/index.js';
import {
  across,
  fault,
  inReadingOrder,
  leaf,
  list,
  onceSound,
  problemsOf,
  quoted,
  readTree,
  type Problem,
  type TextReading,
  type SourceFile,
  type Step,
  type Tree,
} from '../../text/index.js';
import { admit, clear, permit, type Denial, type DenialReason, type Ground } from '../judge/index.js';
import type { RuleRef } from '../language/index.js';
import type { PolicySet } from '../set/index.js';
import { date, user, words } from '../values/index.js';
import { noon, stranger } from './self-test.js';
import { readToldHostKey, readToldServerName, readToldThumbprint, supposed } from './supposed.js';

/** How many cases were judged, and what is wrong: files that cannot be read, and cases that came out otherwise. */
export interface CaseReport {
  readonly cases: number;
  readonly problems: readonly Problem[];
}

/** Whether a file of a policy folder holds cases (`NAME.test.yaml`) and no policy. */
export function isCaseFile(path: string): boolean {
  return /\.test\.ya?ml$/i.test(path);
}

interface Asked {
  readonly destination: Destination;
  readonly intent: Intent;
}

const reasons = {
  no_policy: 'no_policy',
  destination_denied: 'destination_denied',
  destination_not_allowed: 'destination_not_allowed',
  client_not_allowed: 'client_not_allowed',
  port_not_allowed: 'port_not_allowed',
  protocol_not_allowed: 'protocol_not_allowed',
  request_not_allowed: 'request_not_allowed',
  rule_expired: 'rule_expired',
  address_denied: 'address_denied',
  address_not_allowed: 'address_not_allowed',
  own_listener: 'own_listener',
  traffic_not_allowed: 'traffic_not_allowed',
  server_name_not_allowed: 'server_name_not_allowed',
  thumbprint_mismatch: 'thumbprint_mismatch',
  client_thumbprint_mismatch: 'client_thumbprint_mismatch',
  host_key_mismatch: 'host_key_mismatch',
  identity_not_visible: 'identity_not_visible',
} as const satisfies { readonly [Reason in DenialReason]: Reason };

const address = leaf((text) => settled(parseAddress(text), text, 'an IP address'));
const requests = {
  connect: leaf(readConnect),
  get: url('GET'),
  head: url('HEAD'),
  post: url('POST'),
  put: url('PUT'),
  patch: url('PATCH'),
  delete: url('DELETE'),
  options: url('OPTIONS'),
};
const verbs = Object.keys(requests);
const trafficKeys = ['server-name', 'thumbprint', 'client-thumbprint', 'host-key'];
const ruleName = z.string().regex(/^[^/]+(?:\/[^/]+)?$/);

const oneCase = z
  .strictObject({
    name: words.optional().describe('what it shows'),
    user: user.optional().describe('proxy user; left out: a client known by its address alone'),
    from: address.optional().describe('address of the client; left out: 192.0.2.1'),
    connect: requests.connect.optional().describe('host:port of a tunnel'),
    get: requests.get.optional().describe('http:// URL of a plain request; post, put and so on likewise'),
    head: requests.head.optional(),
    post: requests.post.optional(),
    put: requests.put.optional(),
    patch: requests.patch.optional(),
    delete: requests.delete.optional(),
    options: requests.options.optional(),
    answers: list(address).optional().describe('what the name resolves to; left out: only the name is judged'),
    'server-name': leaf(readToldServerName)
      .optional()
      .describe('what the client asks for in TLS, or none; left out, with a thumbprint: the host of connect'),
    thumbprint: leaf(readToldThumbprint).optional().describe("the Tentacle's certificate, or hidden"),
    'client-thumbprint': leaf(readToldThumbprint).optional().describe("Octopus' certificate, or none, or hidden"),
    'host-key': leaf(readToldHostKey)
      .optional()
      .describe('fingerprint of the SSH host key, or "@cert-authority" and that of who certified it, or hidden'),
    on: date.optional().describe('the day it happens; left out: before any rule expires'),
    expect: z.enum(['allow', 'deny', 'observe']),
    rule: ruleName.optional().describe('the rule or deny entry that decides: ID or POLICY/ID'),
    reason: z.enum(reasons).optional().describe('why it is denied'),
  })
  .refine(
    (one) => verbs.filter((verb) => verb in one).length === 1,
    across(fault('bad_case', 'a case asks for exactly one thing', `give it one of ${verbs.join(', ')}`)),
  )
  .refine((one) => one.expect !== 'allow' || !('reason' in one), {
    ...across(fault('bad_case', '"reason" is for denials', 'remove it')),
    path: ['reason'],
  })
  .refine((one) => 'connect' in one || !trafficKeys.some((key) => key in one), {
    ...across(fault('bad_case', 'only tunnels have server names, thumbprints and host keys', 'ask by "connect"')),
  })
  .refine((one) => !('host-key' in one) || !trafficKeys.some((key) => key !== 'host-key' && key in one), {
    ...across(fault('bad_case', 'a tunnel carries TLS or SSH, not both', 'make two cases of it')),
    path: ['host-key'],
  })
  .refine(
    (one) => {
      const isNamed = one.connect?.destination.host.kind === 'name';
      return !isNamed || 'answers' in one || !trafficKeys.some((key) => key in one);
    },
    onceSound(fault('bad_case', 'traffic is judged for the address that was dialled', 'add "answers"')),
  );

/** The cases of one file. */
const caseFile = list(oneCase);
type Case = z.output<typeof oneCase>;

const caseKeys = {
  at: (): readonly string[] => Object.keys(oneCase.shape),
  elsewhere: (): 'none' => 'none',
};

function settled<T>(parsed: Parsed<T>, text: string, what: string): TextReading<T> {
  if (parsed.kind === 'parsed') return { kind: 'value', value: parsed.value };
  return fault('bad_case', `${quoted(text)} is not ${what}: ${parsed.detail}`, 'none');
}

function readConnect(text: string): TextReading<Asked> {
  const read = settled(parseAuthority(text), text, 'host:port');
  return read.kind === 'problems'
    ? read
    : { kind: 'value', value: { destination: read.value, intent: { kind: 'tunnel' } } };
}

function url(method: string): z.ZodType<Asked, string> {
  return leaf((text) => {
    const [, authority, path = '/'] = /^http:\/\/([^/?#@]+)(\/[^?#]*)?(?:\?[^#]*)?$/.exec(text) ?? [];
    if (authority === undefined) {
      const hint = text.startsWith('https:')
        ? 'a proxy sees https as a tunnel: write connect: HOST:443'
        : 'write http://host/path or http://host:8080/path';
      return fault('bad_case', `${quoted(text)} is not a plain http URL`, hint);
    }
    const read = settled(parseAuthority(/:\d+$/.test(authority) ? authority : `${authority}:80`), authority, 'a host');
    return read.kind === 'problems'
      ? read
      : { kind: 'value', value: { destination: read.value, intent: { kind: 'forward', method, path } } };
  });
}

/** Judges every case with the production judge. */
export function checkCases(set: PolicySet, files: readonly SourceFile[]): CaseReport {
  const reports = files.map((file) => checkFile(set, readTree(file)));
  return {
    cases: reports.reduce((sum, { cases }) => sum + cases, 0),
    problems: inReadingOrder(reports.flatMap(({ problems }) => problems)),
  };
}

function checkFile(set: PolicySet, tree: Tree): CaseReport {
  if (tree.content === 'unreadable') return { cases: 0, problems: tree.problems };
  const read = caseFile.safeParse(tree.content.value);
  if (!read.success) return { cases: 0, problems: [...tree.problems, ...problemsOf(tree, read.error, caseKeys)] };
  const failures = read.data.flatMap((one, index) =>
    failureOf(set, one).map((failure) => failed(tree, index, one, failure)),
  );
  return { cases: read.data.length, problems: [...tree.problems, ...failures] };
}

/** What came out otherwise: which key of the case said so, and what happened instead. */
interface Failure {
  readonly key: 'expect' | 'rule' | 'reason';
  readonly message: string;
  readonly hint: string;
}

function failed(tree: Tree, index: number, one: Case, { key, message, hint }: Failure): Problem {
  const path: readonly Step[] = [index, key];
  const name = one.name === undefined ? '' : ` (${one.name})`;
  return {
    severity: 'error',
    code: 'case_failed',
    file: tree.file,
    position: tree.positionOf(path),
    message: `${message}${name}`,
    hint,
  };
}

function failureOf(set: PolicySet, one: Case): readonly Failure[] {
  const outcome = judge(set, one);
  const denial = outcome.kind === 'denied' ? outcome : outcome.kind === 'observed' ? outcome.wouldDeny : 'none';
  const hint = nearestOf(denial);
  const got = { rules: 'allowed', observed: 'let through by observe mode', denied: 'denied' }[outcome.kind];
  const because = denial === 'none' ? '' : `: ${denial.reason}`;
  const expected = { allow: ['rules'], observe: ['observed'], deny: ['denied', 'observed'] }[one.expect];
  if (!expected.includes(outcome.kind))
    return [{ key: 'expect', message: `expected ${one.expect}, but it is ${got}${because}`, hint }];
  const failures: Failure[] = [];
  const deciding: readonly RuleRef[] =
    outcome.kind === 'rules' ? outcome.rules : denial === 'none' || denial.rule === 'none' ? [] : [denial.rule];
  if (
    one.rule !== undefined &&
    !deciding.some((rule) => rule.id === one.rule || `${rule.policy}/${rule.id}` === one.rule)
  ) {
    const decided = deciding.map(({ policy, id }) => `${policy}/${id}`).join(', ') || 'no rule';
    failures.push({ key: 'rule', message: `expected rule "${one.rule}", but ${decided} decides`, hint });
  }
  if (one.reason !== undefined && denial !== 'none' && denial.reason !== one.reason) {
    failures.push({ key: 'reason', message: `expected ${one.reason}, but it is ${denial.reason}`, hint });
  }
  return failures;
}

function nearestOf(denial: Denial | 'none'): string {
  const [near] = denial === 'none' ? [] : denial.nearest;
  return near === undefined
    ? 'none'
    : `nearest is ${near.rule.policy}/${near.rule.id} (${near.rule.file}:${near.rule.line}): ${near.failed}`;
}

/** The journey's questions, as far as the case has facts for them. */
function judge(set: PolicySet, one: Case): Denial | Ground {
  const attempt = attemptOf(one);
  const admission = admit(set, attempt, attempt.receivedAt);
  if (admission.kind === 'denied') return admission;
  const { host } = attempt.destination;
  const answers = host.kind === 'address' ? [host.address] : one.answers;
  if (answers === undefined) return admission.ground;
  const permitted = permit(admission, answers, () => false);
  if (permitted.kind === 'denied') return permitted;
  const { 'server-name': serverName, thumbprint, 'client-thumbprint': clientThumbprint, 'host-key': hostKey } = one;
  const seen = supposed({ serverName, thumbprint, clientThumbprint, hostKey }, host);
  if (seen === 'nothing_told') return permitted.ground;
  if (seen === 'two_protocols') throw new Error('the schema lets no case pass that carries two protocols');
  const cleared = clear(permitted, permitted.addresses[0], seen, attempt.receivedAt);
  if (cleared.kind === 'denied') return cleared;
  const { wouldDeny, ground } = cleared;
  return wouldDeny === 'none' ? ground : { kind: 'observed', wouldDeny };
}

/**
 * The day of cases that name none. Not today: a case that passed must not fail because a rule of the set expired since,
 * or the set could not be loaded again. It lies before every expiry, so that only cases that say `on` look at it.
 */
const SOME_DAY = '2000-01-01';

function attemptOf(one: Case): Attempt {
  const asked = one.connect ?? one.get ?? one.head ?? one.post ?? one.put ?? one.patch ?? one.delete ?? one.options;
  if (asked === undefined) throw new Error('the schema lets no case pass that asks for nothing');
  return {
    id: 'case',
    receivedAt: noon(one.on ?? SOME_DAY),
    client: {
      ...stranger,
      ...(one.from === undefined ? {} : { ip: one.from }),
      ...(one.user === undefined ? {} : { identity: { kind: 'basic', user: one.user } }),
    },
    ...asked,
  };
}

/** The JSON Schema of case files, for editors: `docs/policy-cases.schema.json`. */
export function caseJsonSchema(): object {
  return { ...z.toJSONSchema(caseFile, { io: 'input', target: 'draft-7' }), title: 'tidegate policy cases' };
}
