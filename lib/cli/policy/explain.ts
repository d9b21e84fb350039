import { type Host, type IpAddress, parseAddress, parsePort, rangeContains } from '../../address/index.js';
import type { Attempt, Client } from '../../attempt/index.js';
import type { Config } from '../../config/index.js';
import { admit, explain, formatProblem, type PolicySet } from '../../policy/index.js';
import { createOperatorResolver, ownMachine } from '../../proxy/index.js';
import { folderSource, loadPolicies } from '../../repository/index.js';
import { dayOf } from '../../system/values/index.js';
import {
  type ExitName,
  fail,
  hostsFile,
  type Input,
  namesInHostsFile,
  printResult,
  settle,
  sourceOf,
} from '../console/index.js';
import { type Challenge, explanationJson, explanationText, isAllowed } from './explain-text.js';
import { readRequestWords } from './request-words.js';
import { readTraffic } from './supposed-traffic.js';

/** `policy explain`: the verdict on a request, and its reasons. */
export async function explainRequest(input: Input): Promise<ExitName> {
  const settled = await settle(input);
  const { config } = settled;
  const request = readRequestWords(input.args);
  if (request.kind === 'malformed') {
    fail(
      'usage',
      `invalid request "${input.args.join(' ')}": ${request.detail}`,
      'use CONNECT host:port, GET http://host/path, or a URL',
    );
  }
  const { destination, intent } = request;
  const client = clientOf(input);
  const at = timeOf(input);
  const given = answersOf(input);
  const policy = await policyOf(config.policies);
  const seen = readTraffic(input, destination.host, intent);
  const attempt: Attempt = { id: 'explained', receivedAt: at, client, destination, intent };
  const addresses = input.has('resolve') ? await lookUp(config, policy, attempt) : given;
  if (seen !== 'not_given' && addresses === 'not_resolved' && destination.host.kind === 'name') {
    fail('usage', 'traffic is judged for an address', 'add --resolve or --answers');
  }
  const { listen, 'metrics.listen': metrics } = config;
  const machine = ownMachine({ addresses: listen }, metrics === 'off' ? [] : [metrics]);
  const explanation = explain(policy, attempt, at, addresses, machine, seen);
  const policies = { folder: config.policies, from: sourceOf(settled, 'policies') };
  const notes = [...(await nameNotes(destination.host, config)), `policies of ${policies.folder} (${policies.from})`];
  const supposed = { attempt, addresses, challenge: challengeFor(client, config) };
  const text = (): string => [explanationText(explanation, supposed), ...notes].join('\n');
  const json = { ...explanationJson(explanation, supposed), policies };
  return printResult(input, json, text, isAllowed(explanation) ? 'ok' : 'found');
}

type Addresses = readonly IpAddress[] | 'not_resolved';

/** Whether the proxy would ask the client to log in, by the settings. */
function challengeFor({ ip, identity }: Client, config: Config): Challenge {
  const { 'users.challenge': challenge, 'users.never-challenge': never } = config;
  if (identity.kind === 'basic' || challenge === 'no users file') return 'no_question';
  return never.some((range) => rangeContains(range, ip)) ? 'never' : challenge;
}

/** What other programs of this machine use to look a name up, and tidegate does not. */
async function nameNotes(host: Host, config: Config): Promise<readonly string[]> {
  if (host.kind === 'address' || config.hosts.has(host.name)) return [];
  const isShort = !host.name.includes('.');
  const isListed = (await namesInHostsFile()).includes(host.name);
  return [
    ...(isShort ? ['note: this is a short name, and search domains are not used: write it in full'] : []),
    ...(isListed
      ? [`note: ${hostsFile()} lists this name, and is not used: add it to "hosts" in the configuration`]
      : []),
    ...(isShort && !isListed ? [`note: ${hostsFile()} is not used either, only "hosts" in the configuration`] : []),
  ];
}

/** Looks the name up as the proxy would: only if policy admits it, with the same servers and limits. */
async function lookUp(config: Config, policy: PolicySet, attempt: Attempt): Promise<Addresses> {
  const admission = admit(policy, attempt, attempt.receivedAt);
  if (admission.kind === 'denied') return 'not_resolved';
  const options = { servers: config['dns.servers'], cacheEntries: config['dns.cache'], hosts: config.hosts };
  const found = await createOperatorResolver(options, config['dns.timeout']).resolve(admission);
  if (found.kind === 'answers') return found.addresses;
  fail('found', 'the name is admitted, but its look-up failed', found.message);
}

async function policyOf(folder: string): Promise<PolicySet> {
  const loading = await loadPolicies(folderSource(folder), dayOf(Date.now()));
  if (loading.kind === 'loaded') return loading.set;
  const exit = loading.why === 'folder_unreadable' ? 'unreadable' : 'config';
  fail(exit, `invalid policies in "${folder}"`, ...loading.problems.map(formatProblem));
}

function clientOf(input: Input): Client {
  const text = input.text('from');
  const ip = parseAddress(text);
  const port = parsePort('50000');
  if (ip.kind === 'malformed' || port.kind === 'malformed') {
    fail('usage', `invalid --from "${text}": use an address, such as 10.20.0.7`);
  }
  const user = input.text('user');
  return { ip: ip.value, port: port.value, identity: user === 'none' ? { kind: 'network' } : { kind: 'basic', user } };
}

function timeOf(input: Input): Date {
  const text = input.text('at');
  const at = text === 'none' ? new Date() : new Date(text);
  if (!Number.isNaN(at.getTime())) return at;
  fail('usage', `invalid --at "${text}": use a date such as 2027-01-31, or 2027-01-31T10:00Z`);
}

function answersOf(input: Input): Addresses {
  const text = input.text('answers');
  if (text === 'none') return 'not_resolved';
  if (input.has('resolve')) fail('usage', '--answers conflicts with --resolve; give only one');
  return text.split(',').map((each) => {
    const read = parseAddress(each.trim());
    if (read.kind === 'parsed') return read.value;
    fail('usage', `invalid --answers "${text}": use comma-separated addresses`);
  });
}
