import { rangeContains, specialPurpose } from '../../lib/address/index.js';
import type { IpAddress, IpRange } from '../../lib/address/index.js';
import type { Attempt } from '../../lib/attempt/index.js';
import type { AllowRule, Pattern, PolicyDocument, PortRange } from '../../lib/policy/index.js';

/*
 * A second judge, as plain as can be: every rule of every file, one after the other, from what design.md says. It shares
 * no code with the first but the values and what an address is for.
 */

/** What is asked: an attempt on a day, and the one address that its host leads to. */
export interface Trial {
  readonly attempt: Attempt;
  readonly now: Date;
  readonly address: IpAddress;
  readonly isOwn: boolean;
}

/** Whether the attempt may go to the address: by a rule, only because everybody observes, or not. */
export function oracle(documents: readonly PolicyDocument[], trial: Trial): 'pass' | 'observed' | 'denied' {
  const { attempt, address, isOwn } = trial;
  if (documents.every(({ allow }) => allow.length === 0)) return 'denied';
  const speaking = documents.filter((document) => speaksFor(document, attempt));
  if (speaking.some((document) => denies(document, attempt, address)) || isOwn) return 'denied';
  if (speaking.some(({ allow }) => allow.some((rule) => allows(rule, trial)))) return 'pass';
  if (specialPurpose(address).kind !== 'global') return 'denied';
  const allObserve = speaking.every(({ mode }) => mode === 'observe');
  return allObserve && speaking.some(({ allow }) => allow.length > 0) ? 'observed' : 'denied';
}

function speaksFor({ clients: { users, networks } }: PolicyDocument, { client }: Attempt): boolean {
  const user = client.identity.kind === 'basic' ? client.identity.user : undefined;
  if (users !== 'every' && (user === undefined || !users.includes(user))) return false;
  return networks === 'every' || holds(networks, client.ip);
}

function denies({ deny }: PolicyDocument, attempt: Attempt, address: IpAddress): boolean {
  const { port } = attempt.destination;
  return deny.some(
    ({ to, ports }) =>
      (ports === 'every' || among(ports, port)) &&
      (to.some((pattern) => covers(pattern, attempt)) || holds(rangesOf(to), address)),
  );
}

function allows(rule: AllowRule, { attempt, now, address }: Trial): boolean {
  const { destination, intent } = attempt;
  if (!rule.to.some((pattern) => covers(pattern, attempt))) return false;
  if (rule.except.some((pattern) => covers(pattern, attempt))) return false;
  if (!among(rule.ports, destination.port)) return false;
  const takes = { forward: ['http', 'any'], tunnel: ['tls', 'tentacle', 'ssh', 'any'] }[intent.kind];
  if (!takes.includes(rule.protocol)) return false;
  if (intent.kind === 'tunnel' && (rule.methods !== 'every' || rule.paths !== 'every')) return false;
  if (intent.kind === 'forward' && rule.methods !== 'every' && !rule.methods.includes(intent.method)) return false;
  if (intent.kind === 'forward' && rule.paths !== 'every' && !rule.paths.some((path) => isAt(path, intent.path)))
    return false;
  if (rule.expires !== 'never' && now.toISOString().slice(0, 10) > rule.expires) return false;
  if (holds(rangesOf(rule.except), address)) return false;
  if (destination.host.kind === 'address') return true;
  if (rule.resolvesTo.length > 0) return holds(rule.resolvesTo, address);
  return specialPurpose(address).kind === 'global' || holds(rangesOf(rule.to), address);
}

function covers(pattern: Pattern, { destination: { host } }: Attempt): boolean {
  if (host.kind === 'address') return pattern.kind === 'range' && rangeContains(pattern.range, host.address);
  if (pattern.kind === 'name') return pattern.name === host.name;
  return pattern.kind === 'under' && `.${host.name}`.endsWith(`.${pattern.suffix}`) && pattern.suffix !== host.name;
}

/** The paths that the arbitraries make hold no trick but these. */
function isAt(pattern: string, path: string): boolean {
  if (path.includes('..') || path.includes('//') || path.includes('%2f')) return false;
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

function among(ports: readonly PortRange[], port: number): boolean {
  return ports.some(({ first, last }) => first <= port && port <= last);
}

function rangesOf(patterns: readonly Pattern[]): readonly IpRange[] {
  return patterns.flatMap((pattern) => (pattern.kind === 'range' ? [pattern.range] : []));
}

function holds(ranges: readonly IpRange[], address: IpAddress): boolean {
  return ranges.some((range) => rangeContains(range, address));
}
