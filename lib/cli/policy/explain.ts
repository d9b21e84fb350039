import { type IpAddress, parseAddress, parsePort } from '../../address/index.js';
import type { Attempt, Client } from '../../attempt/index.js';
import type { Config } from '../../config/index.js';
import { admit, explain, formatProblem, type PolicySet } from '../../policy/index.js';
import { createOperatorResolver, ownListenerCheck } from '../../proxy/index.js';
import { folderSource, loadPolicies } from '../../repository/index.js';
import { dayOf } from '../../system/values/index.js';
import { failure, type Failure, type Input, type Result, settle, printResult } from '../console/index.js';
import { explanationJson, explanationText, isAllowed } from './explain-text.js';
import { readRequestWords } from './request-words.js';
import { readTraffic } from './supposed-traffic.js';

/** `policy explain`: the verdict on a request, and its reasons. */
export async function explainRequest(input: Input): Promise<Result> {
  const settled = await settle(input);
  if (settled.kind === 'failure') return settled;
  const { config } = settled;
  const request = readRequestWords(input.args);
  if (request.kind === 'malformed') {
    return failure(
      'usage',
      `invalid request "${input.args.join(' ')}": ${request.detail}`,
      'use CONNECT host:port, GET http://host/path, or a URL',
    );
  }
  const { destination, intent } = request;
  const client = clientOf(input);
  if (client.kind === 'failure') return client;
  const at = timeOf(input);
  if (at.kind === 'failure') return at;
  const given = answersOf(input);
  if (given.kind === 'failure') return given;
  const policy = await policyOf(config.policies);
  if (policy.kind === 'failure') return policy;
  const traffic = readTraffic(input, destination.host, intent);
  if (traffic.kind === 'failure') return traffic;
  const attempt: Attempt = { id: 'explained', receivedAt: at.value, client: client.value, destination, intent };
  const answers = input.has('resolve') ? await lookUp(config, policy.value, attempt) : given;
  if (answers.kind === 'failure') return answers;
  const addresses = answers.value;
  if (traffic.kind === 'traffic' && addresses === 'not_resolved' && destination.host.kind === 'name')
    return failure('usage', 'traffic is judged for an address', 'add --resolve or --answers');
  const { listen, 'metrics.listen': metrics } = config;
  const isOwn = ownListenerCheck({ addresses: listen }, metrics === 'off' ? [] : [metrics]);
  const seen = traffic.kind === 'traffic' ? traffic.observation : 'not_given';
  const explanation = explain(policy.value, attempt, at.value, addresses, isOwn, seen);
  const text = (): string => explanationText(explanation, attempt, addresses);
  return printResult(input, explanationJson(explanation, addresses), text, isAllowed(explanation) ? 'ok' : 'found');
}

/** What an option or a file says, read. */
type Given<T> = { readonly kind: 'given'; readonly value: T } | Failure;

function given<T>(value: T): Given<T> {
  return { kind: 'given', value };
}

type Addresses = readonly IpAddress[] | 'not_resolved';

/** Looks the name up as the proxy would: only if policy admits it, with the same servers and limits. */
async function lookUp(config: Config, policy: PolicySet, attempt: Attempt): Promise<Given<Addresses>> {
  const admission = admit(policy, attempt, attempt.receivedAt);
  if (admission.kind === 'denied') return given('not_resolved');
  const options = { servers: config['dns.servers'], cacheEntries: config['dns.cache'], hosts: config.hosts };
  const resolver = createOperatorResolver(options, config['dns.timeout']);
  const found = await resolver.resolve(admission);
  if (found.kind === 'answers') return given(found.addresses);
  return failure('found', 'the name is admitted, but its look-up failed', found.message);
}

async function policyOf(folder: string): Promise<Given<PolicySet>> {
  const loading = await loadPolicies(folderSource(folder), dayOf(Date.now()));
  if (loading.kind === 'loaded') return given(loading.set);
  const exit = loading.why === 'folder_unreadable' ? 'unreadable' : 'config';
  return failure(exit, `invalid policies in "${folder}"`, ...loading.problems.map(formatProblem));
}

function clientOf(input: Input): Given<Client> {
  const text = input.text('from');
  const ip = parseAddress(text);
  const port = parsePort('50000');
  if (ip.kind === 'malformed' || port.kind === 'malformed') {
    return failure('usage', `invalid --from "${text}": use an address, such as 10.20.0.7`);
  }
  const user = input.text('user');
  const identity = user === 'none' ? ({ kind: 'network' } as const) : ({ kind: 'basic', user } as const);
  return given({ ip: ip.value, port: port.value, identity });
}

function timeOf(input: Input): Given<Date> {
  const text = input.text('at');
  const at = text === 'none' ? new Date() : new Date(text);
  if (!Number.isNaN(at.getTime())) return given(at);
  return failure('usage', `invalid --at "${text}": use a date such as 2027-01-31, or 2027-01-31T10:00Z`);
}

function answersOf(input: Input): Given<Addresses> {
  const text = input.text('answers');
  if (text === 'none') return given('not_resolved');
  if (input.has('resolve')) return failure('usage', '--answers conflicts with --resolve; give only one');
  const read = text.split(',').map((each) => parseAddress(each.trim()));
  const addresses = read.flatMap((each) => (each.kind === 'parsed' ? [each.value] : []));
  if (addresses.length === read.length) return given(addresses);
  return failure('usage', `invalid --answers "${text}": use comma-separated addresses`);
}
