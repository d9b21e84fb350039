import { formatHost } from '../../address/index.js';
import { covers, ruleChecks, type Fact } from '../judge/index.js';
import type { Rule } from '../set/index.js';
import { isPlainPath } from '../values/index.js';
import { explainAddress } from './explain-address.js';
import { explainTraffic } from './explain-traffic.js';
import type { ExplainedAttempt, ExplainedFact, ExplainedRule } from './explained.js';
import { among, firstOf, hostsIn, portText, rangesIn } from './lists.js';

/** Explains why a rule holds or does not. */
export function explainRule(rule: Rule, explained: ExplainedAttempt): ExplainedRule {
  const { facts, addresses, listed, seen, tables } = explained;
  const checked = ruleChecks.map(({ fact, holds }): ExplainedFact => {
    const held = holds(rule, facts) && (fact !== 'destination' || listed.has(rule));
    return { fact, held, words: words[fact](rule, held, explained) };
  });
  if (addresses !== 'not_resolved') checked.push(explainAddress(rule, addresses, facts, tables));
  if (seen !== 'not_given') checked.push(...explainTraffic(rule, seen, facts));
  const { policy, id, file, line } = rule.ref;
  return { rule: { policy, id, file, line }, facts: checked, failed: checked.find(({ held }) => !held) ?? 'none' };
}

/** The text about each fact. Whether it holds is settled before: the words only give the reason. */
const words = {
  client: clientWords,
  destination: destinationWords,
  port: ({ terms }, held, { facts }) =>
    among(`port ${facts.attempt.destination.port}`, held, terms.ports.map(portText)),
  protocol: ({ terms }, held, { facts }) => {
    const what = facts.attempt.intent.kind === 'tunnel' ? 'a tunnel' : 'a plain request';
    return `protocol ${terms.protocol} ${held ? 'allows' : 'does not allow'} ${what}`;
  },
  request: requestWords,
  expiry: ({ terms: { expires } }, held) => {
    if (expires === 'never') return 'never expires';
    return held ? `allows until ${expires}` : `expired on ${expires}`;
  },
} satisfies Record<Fact, (rule: Rule, held: boolean, explained: ExplainedAttempt) => string>;

function clientWords({ terms: { scope } }: Rule, held: boolean, { tables, facts }: ExplainedAttempt): string {
  const { ip, identity } = facts.attempt.client;
  const parts: string[] = [];
  if (scope.users !== 'every') {
    const isUser = identity.kind === 'basic' && scope.users.has(identity.user);
    const client = identity.kind === 'basic' ? `user '${identity.user}'` : 'a client without user';
    if (isUser === held) parts.push(among(client, isUser, [...scope.users]));
  }
  if (scope.networks !== 'every') {
    const isInside = facts.clientLists.includes(scope.networks);
    if (isInside === held) parts.push(among(ip.text, isInside, rangesIn(scope.networks, tables)));
  }
  return parts.length === 0 ? 'applies to every client' : parts.join(' and ');
}

function destinationWords({ to, except }: Rule, held: boolean, { tables, facts }: ExplainedAttempt): string {
  const host = formatHost(facts.attempt.destination.host);
  if (!held && except !== 'none' && covers(to, facts))
    return `${host} is excluded by "except": ${firstOf(hostsIn(except, tables))}`;
  return among(host, held, hostsIn(to, tables));
}

function requestWords({ terms: { methods, paths } }: Rule, held: boolean, { facts }: ExplainedAttempt): string {
  const { intent } = facts.attempt;
  if (methods === 'every' && paths === 'every') return 'every request is allowed';
  if (intent.kind === 'tunnel') return 'the rule checks requests, which a tunnel hides';
  const takesMethod = methods === 'every' || methods.includes(intent.method);
  const parts: string[] = [];
  if (methods !== 'every' && takesMethod === held) parts.push(among(`method ${intent.method}`, held, methods));
  if (paths !== 'every' && (held || takesMethod)) {
    const path = `path ${intent.path}`;
    parts.push(isPlainPath(intent.path) ? among(path, held, paths) : `${path} can be read in more than one way`);
  }
  return parts.join(' and ');
}
