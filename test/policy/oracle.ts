import { cloudMetadata, rangeContains, specialPurpose, type IpAddress, type IpRange } from '../../lib/address/index.js';
import type { Attempt, HostKey, Observation, Shown } from '../../lib/attempt/index.js';
import type { AllowRule, Pattern, PolicyDocument, PortRange } from '../../lib/policy/index.js';

/*
 * A second judge, as plain as can be: every rule of every file, one after the other, from what design.md says. It shares
 * no code with the first but the values and what an address is for.
 */

/** What is asked: an attempt on a day, the one address that its host leads to, and what then goes through, if it is known. */
export interface Trial {
  readonly attempt: Attempt;
  readonly now: Date;
  readonly address: IpAddress;
  readonly isOwn: boolean;
  readonly seen: Observation | 'not_yet';
}

/** Whether the attempt may go to the address: by a rule, by one that only observes its pins, because all observe, or not. */
export type Oracle = 'pass' | 'pins_observed' | 'observed' | 'denied';

/** Judges one attempt by all the files. */
export function oracle(documents: readonly PolicyDocument[], trial: Trial): Oracle {
  const { attempt, address, isOwn } = trial;
  if (documents.every(({ allow }) => allow.length === 0)) return 'denied';
  const speaking = documents.filter((document) => speaksFor(document, attempt));
  if (speaking.some((document) => denies(document, attempt, address)) || isOwn) return 'denied';
  const leading = speaking.flatMap(({ allow }) => allow.filter((rule) => allows(rule, trial)));
  const taken = leading.map((rule) => takes(rule, trial));
  if (taken.includes('all')) return 'pass';
  if (taken.includes('all_but_pins')) return 'pins_observed';
  if (leading.length === 0 && !isLetPassByObserving(address)) return 'denied';
  const allObserve = speaking.every(({ mode }) => mode === 'observe');
  return allObserve && speaking.some(({ allow }) => allow.length > 0) ? 'observed' : 'denied';
}

function speaksFor({ clients: { users, networks } }: PolicyDocument, { client }: Attempt): boolean {
  const user = client.identity.kind === 'basic' ? client.identity.user : undefined;
  if (users === 'anonymous' && user !== undefined) return false;
  if (typeof users !== 'string' && (user === undefined || !users.includes(user))) return false;
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
  if (!among(rule.terms.ports, destination.port)) return false;
  const takes = { forward: ['http', 'any'], tunnel: ['tls', 'tentacle', 'ssh', 'any'] }[intent.kind];
  if (!takes.includes(rule.terms.protocol)) return false;
  if (intent.kind === 'tunnel' && (rule.terms.methods !== 'every' || rule.terms.paths !== 'every')) return false;
  if (intent.kind === 'forward' && rule.terms.methods !== 'every' && !rule.terms.methods.includes(intent.method))
    return false;
  if (
    intent.kind === 'forward' &&
    rule.terms.paths !== 'every' &&
    !rule.terms.paths.some((path) => isAt(path, intent.path))
  )
    return false;
  if (rule.terms.expires !== 'never' && now.toISOString().slice(0, 10) > rule.terms.expires) return false;
  if (holds(rangesOf(rule.except), address)) return false;
  if (destination.host.kind === 'address') return true;
  if (rule.resolvesTo.length > 0) return holds(rule.resolvesTo, address);
  return isPublic(address) || holds(rangesOf(rule.to), address);
}

function isPublic(address: IpAddress): boolean {
  return specialPurpose(address).kind === 'global' && cloudMetadata(address) === 'none';
}

function isLetPassByObserving(address: IpAddress): boolean {
  const purpose = specialPurpose(address);
  if (cloudMetadata(address) !== 'none') return false;
  return purpose.kind === 'global' || ['RFC 1918', 'RFC 6598', 'RFC 4193'].includes(purpose.rfc);
}

/** Whether the rule takes the traffic: all of it, all but pins that it only observes, or not. */
function takes(rule: AllowRule, { attempt, seen, now }: Trial): 'all' | 'all_but_pins' | 'nothing' {
  if (seen === 'not_yet' || rule.terms.protocol === 'any') return 'all';
  if (seen.protocol === 'http') return rule.terms.protocol === 'http' ? 'all' : 'nothing';
  const { host } = attempt.destination;
  const own = host.kind === 'name' ? host.name : host.address.text;
  let pins: boolean;
  if (seen.protocol === 'ssh') {
    if (rule.terms.protocol !== 'ssh') return 'nothing';
    const listed = (key: HostKey): boolean =>
      rule.traffic.hostKeys.some(({ marker, text }) => {
        if (marker === 'key') return key.sha256 === text || key.md5 === text;
        if (key.certificate === 'none') return false;
        const { authority, holds, notBefore, notAfter, principals } = key.certificate;
        const inTime = notBefore <= now.getTime() && now.getTime() < notAfter;
        return (authority.sha256 === text || authority.md5 === text) && holds && inTime && principals.includes(own);
      });
    const claims = rule.traffic.unverifiable === 'probe' ? 'unseen' : 'good';
    pins = fits(rule.traffic.hostKeys, seen.server, listed, rule, { claims, absent: 'unseen' });
  } else if (seen.protocol === 'tls') {
    if (rule.terms.protocol !== 'tls' && rule.terms.protocol !== 'tentacle') return 'nothing';
    const { serverName, server, client } = seen;
    const named =
      serverName !== 'none' && (serverName === own || rule.traffic.serverNames.some((one) => isFor(one, serverName)));
    if (!named && !(serverName === 'none' && host.kind === 'address')) return 'nothing';
    const { thumbprints, clientThumbprints } = rule.traffic;
    pins =
      rule.terms.protocol === 'tls' ||
      (fits(thumbprints, server, ({ thumbprint }) => thumbprints.includes(thumbprint), rule, UNSEEN) &&
        fits(clientThumbprints, client, ({ thumbprint }) => clientThumbprints.includes(thumbprint), rule, {
          ...UNSEEN,
          absent: 'bad',
        }));
  } else return 'nothing';
  return pins ? 'all' : rule.traffic.observes ? 'all_but_pins' : 'nothing';
}

interface Worth {
  readonly claims: 'good' | 'unseen';
  readonly absent: 'bad' | 'unseen';
}

const UNSEEN: Worth = { claims: 'unseen', absent: 'unseen' };

function fits<T>(
  pins: readonly unknown[],
  shown: Shown<T>,
  listed: (identity: T) => boolean,
  { traffic: { unverifiable } }: AllowRule,
  { claims, absent }: Worth,
): boolean {
  if (pins.length === 0) return true;
  if (shown.kind === 'forged') return false;
  if ('identity' in shown && !listed(shown.identity)) return false;
  if (shown.kind === 'proven' || shown.kind === 'probed') return true;
  if (shown.kind === 'claimed' && claims === 'good') return true;
  if (shown.kind === 'absent' && absent === 'bad') return false;
  return unverifiable === 'allow';
}

function isFor(pattern: Pattern, name: string): boolean {
  if (pattern.kind === 'name') return pattern.name === name;
  return pattern.kind === 'under' && name.endsWith(`.${pattern.suffix}`);
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
