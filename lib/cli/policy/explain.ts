import type { Command } from 'commander';
import { type IpAddress, parseAddress, parsePort } from '../../address/index.js';
import type { Attempt, Client } from '../../attempt/index.js';
import type { Config } from '../../config/index.js';
import { admit, explain, formatProblem, type PolicySet } from '../../policy/index.js';
import { createOperatorResolver, ownListenerCheck } from '../../proxy/index.js';
import { folderSource, loadPolicies } from '../../repository/index.js';
import { complain, type ExitCode, exitCodes, isGiven, say, sayJson, settle, textOption } from '../console/index.js';
import { explanationJson, explanationText, isAllowed } from './explain-text.js';
import { readQuestion } from './question.js';
import { toldOf } from './told.js';

/** `policy explain`: tells what the judge says to a request, and why. */
export async function explainRequest(command: Command): Promise<ExitCode> {
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  const question = readQuestion(command.args);
  if (question.kind === 'not_a_question') {
    return complain(exitCodes.usage, question.detail, 'ask CONNECT host:port, GET http://host/path, or a URL');
  }
  const client = clientOf(command);
  const at = timeOf(command);
  const given = answersOf(command);
  if (typeof client === 'number') return client;
  if (typeof at === 'number') return at;
  if (typeof given === 'number') return given;
  const policy = await policyOf(settled.config.policies);
  if (typeof policy === 'number') return policy;
  const { destination, intent } = question;
  const seen = toldOf(command, destination.host, intent);
  if (typeof seen === 'number') return seen;
  const attempt: Attempt = { id: 'explained', receivedAt: at, client, destination, intent };
  const looked = isGiven(command, 'resolve') ? await lookUp(settled.config, policy, attempt) : given;
  if (typeof looked === 'number') return looked;
  const { listen, 'metrics.listen': metrics } = settled.config;
  const isOwn = ownListenerCheck({ addresses: listen }, metrics === 'off' ? [] : [metrics]);
  if (seen !== 'not_given' && looked === 'not_resolved' && destination.host.kind === 'name')
    return complain(exitCodes.usage, 'traffic is judged for an address', 'add --resolve, or --answers');
  const explanation = explain(policy, attempt, at, looked, isOwn, seen);
  if (isGiven(command, 'json')) sayJson(explanationJson(explanation, looked));
  else say(explanationText(explanation, attempt, looked));
  return isAllowed(explanation) ? exitCodes.ok : exitCodes.found;
}

/** Style the name up as the proxy would: only if policy admits it, with the same servers and limits. */
async function lookUp(config: Config, policy: PolicySet, attempt: Attempt): Promise<Addresses | ExitCode> {
  const admission = admit(policy, attempt, attempt.receivedAt);
  if (admission.kind === 'denied') return 'not_resolved';
  const options = { servers: config['dns.servers'], cacheEntries: config['dns.cache'], hosts: config.hosts };
  const resolver = createOperatorResolver(options, config['dns.timeout']);
  const found = await resolver.resolve(admission);
  if (found.kind === 'answers') return found.addresses;
  return complain(exitCodes.found, 'the name may be looked up, but the look-up failed', found.message);
}

type Addresses = readonly IpAddress[] | 'not_resolved';

async function policyOf(folder: string): Promise<PolicySet | ExitCode> {
  const loading = await loadPolicies(folderSource(folder), new Date().toISOString().slice(0, 10));
  if (loading.kind === 'loaded') return loading.set;
  const code = loading.why === 'folder_unreadable' ? exitCodes.unreadable : exitCodes.config;
  return complain(code, `the policies in ${folder} cannot be used`, ...loading.problems.map(formatProblem));
}

function clientOf(command: Command): Client | ExitCode {
  const ip = parseAddress(textOption(command, 'from'));
  const port = parsePort('50000');
  if (ip.kind === 'malformed' || port.kind === 'malformed') {
    return complain(exitCodes.usage, '--from must be an address, such as 10.20.0.7');
  }
  const user = textOption(command, 'user');
  return { ip: ip.value, port: port.value, identity: user === 'none' ? { kind: 'network' } : { kind: 'basic', user } };
}

function timeOf(command: Command): Date | ExitCode {
  const text = textOption(command, 'at');
  const at = text === 'none' ? new Date() : new Date(text);
  if (Number.isNaN(at.getTime()))
    return complain(exitCodes.usage, '--at must be a date such as 2027-01-31, or 2027-01-31T10:00Z');
  return at;
}

function answersOf(command: Command): Addresses | ExitCode {
  const text = textOption(command, 'answers');
  if (text === 'none') return 'not_resolved';
  if (isGiven(command, 'resolve')) return complain(exitCodes.usage, 'give --resolve or --answers, not both');
  const read = text.split(',').map((each) => parseAddress(each.trim()));
  const addresses = read.flatMap((each) => (each.kind === 'parsed' ? [each.value] : []));
  if (addresses.length === read.length) return addresses;
  return complain(exitCodes.usage, '--answers must be addresses with commas between them');
}
