import { isUnder } from '../../address/index.js';
import type { Certificate, HostKey, Observation, Shown, SshTraffic, TlsTraffic } from '../../attempt/index.js';
import { dayOf } from '../../system/values/index.js';
import type { Protocol, TrafficRequirements, Unverifiable } from '../language/index.js';
import type { Finding, Outcome, TrafficContext } from './finding.js';
import { aboutHostKey, isPinned, pinText } from './host-key.js';
import { checkIdentity, type PinnedIdentity } from './identity.js';

/** Whether a rule wants a probe where the connection proves nothing: only where it could learn something from one. */
export function wantsProbe({ thumbprints, hostKeys, unverifiable, observes }: TrafficRequirements): boolean {
  return unverifiable === 'probe' && (thumbprints.length > 0 || hostKeys.length > 0 || observes);
}

/** Checks traffic of the rule's protocol against the rule, fact by fact. A rule for `http` or `any` requires nothing. */
export function checkTraffic(
  protocol: Protocol,
  rule: TrafficRequirements,
  seen: Observation,
  context: TrafficContext,
): readonly Finding[] {
  if (protocol === 'tls' && seen.protocol === 'tls') return [serverName(rule, seen, context)];
  if (protocol === 'ssh' && seen.protocol === 'ssh') return [hostKey(rule, seen, context)];
  if (protocol !== 'tentacle' || seen.protocol !== 'tls') return [];
  const { thumbprints, clientThumbprints, unverifiable } = rule;
  return [
    serverName(rule, seen, context),
    certificate('thumbprint', thumbprints, seen.server, unverifiable, context),
    // A client cannot be probed, so that `probe` means to refuse what cannot be seen.
    certificate('client_thumbprint', clientThumbprints, seen.client, unverifiable, context),
  ];
}

/** T2, T3: the requested host or a listed name; none only where the host is an address. */
function serverName({ serverNames }: TrafficRequirements, tls: TlsTraffic, { host }: TrafficContext): Finding {
  const { serverName: seen } = tls;
  const expected: string[] = host.kind === 'name' ? [host.name] : [];
  for (const one of serverNames) expected.push(one.kind === 'name' ? one.name : `*.${one.suffix}`);
  const finding = (outcome: Outcome, detail: string): Finding => {
    const failed = outcome === 'mismatch' ? 'server_name_not_allowed' : 'none';
    return { check: { fact: 'server_name', expected, seen, outcome, detail }, failed };
  };
  if (seen === 'none' && host.kind === 'address') return finding('not_checked', 'an address needs no server name');
  if (seen === 'none') return finding('mismatch', 'the client sends no server name');
  const isListed =
    expected.includes(seen) || serverNames.some((one) => one.kind === 'under' && isUnder(seen, one.suffix));
  return finding(isListed ? 'verified' : 'mismatch', '');
}

function certificate(
  fact: 'thumbprint' | 'client_thumbprint',
  expected: readonly string[],
  shown: Shown<Certificate>,
  unverifiable: Unverifiable,
  context: TrafficContext,
): Finding {
  const pinned: PinnedIdentity<Certificate> = {
    fact,
    expected,
    shown,
    unverifiable,
    claimed: 'not_visible',
    // A server always has a certificate; a client that shows none is not the one that is pinned.
    absent: fact === 'thumbprint' ? 'not_visible' : 'mismatch',
    textOf: ({ thumbprint }) => thumbprint,
    listed: ({ thumbprint }) => expected.includes(thumbprint),
    about: (one) => validity(one, context.at),
  };
  return checkIdentity(pinned, context);
}

/** Halibut trusts thumbprints whatever their validity, so this is reported and decides nothing. */
function validity({ notBefore, notAfter }: Certificate, at: number): string {
  if (at >= notAfter) return `the certificate expired on ${dayOf(notAfter)}`;
  if (at < notBefore) return `the certificate is valid from ${dayOf(notBefore)}`;
  return `the certificate is valid until ${dayOf(notAfter)}`;
}

/**
 * The key exchange's signature covers a secret that only its ends know, so that a host key is always a claim, and one end
 * alone cannot make a false one hold: the client checks the signature. A rule that wants more has it probed.
 */
function hostKey(
  { hostKeys, unverifiable }: TrafficRequirements,
  { server }: SshTraffic,
  context: TrafficContext,
): Finding {
  const pinned: PinnedIdentity<HostKey> = {
    fact: 'host_key',
    expected: hostKeys.map(pinText),
    shown: server,
    unverifiable,
    claimed: unverifiable === 'probe' ? 'not_visible' : 'verified',
    absent: 'not_visible',
    textOf: ({ sha256 }) => sha256,
    listed: (key) => isPinned(key, hostKeys, context),
    about: (key) => aboutHostKey(key, context),
  };
  return checkIdentity(pinned, context);
}
