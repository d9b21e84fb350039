import { isUnder } from '../../address/index.js';
import type { Certificate, HostKey, Observation, Shown, SshTraffic, TlsTraffic } from '../../attempt/index.js';
import type { Protocol, Unverifiable } from '../language/index.js';
import { dayOf } from '../../system/values/index.js';
import type { Demands } from './demands.js';
import type { Check, Finding, Sight } from './finding.js';
import { aboutHostKey, isPinned, pinText } from './host-key.js';
import { holdIdentity, type Pinned } from './identity.js';

/**
 * Holds what was seen of a tunnel against what one rule asks, fact by fact, in the order in which facts are told. That the
 * traffic is of the rule's protocol is settled before. A rule of another protocol than these three asks nothing.
 */
export function findingsOn(protocol: Protocol, demands: Demands, seen: Observation, sight: Sight): readonly Finding[] {
  if (protocol === 'tls' && seen.protocol === 'tls') return [serverName(demands, seen, sight)];
  if (protocol === 'ssh' && seen.protocol === 'ssh') return [hostKey(demands, seen, sight)];
  if (protocol !== 'tentacle' || seen.protocol !== 'tls') return [];
  return [serverName(demands, seen, sight), thumbprint(demands, seen, sight), clientThumbprint(demands, seen, sight)];
}

/** T2, T3: the asked host or a listed name; none only where the host is an address. */
function serverName({ names, suffixes }: Demands, { serverName: seen }: TlsTraffic, { host }: Sight): Finding {
  const fact = 'server_name';
  const own = host.kind === 'name' ? [host.name] : [];
  const expected: string[] = [...own, ...names];
  for (const suffix of suffixes) expected.push(`*.${suffix}`);
  if (seen === 'none') {
    const needsNone = host.kind === 'address';
    const detail = needsNone ? 'a host asked for by its address needs none' : 'the client names no server';
    if (!needsNone) return mismatch({ fact, expected, seen, outcome: 'mismatch', detail });
    return { check: { fact, expected, seen, outcome: 'not_checked', detail }, failed: 'none' };
  }
  if (own.includes(seen) || names.includes(seen) || suffixes.some((suffix) => isUnder(seen, suffix)))
    return { check: { fact, expected, seen, outcome: 'verified', detail: '' }, failed: 'none' };
  return mismatch({ fact, expected, seen, outcome: 'mismatch', detail: '' });
}

function mismatch(check: Check): Finding {
  return { check, failed: 'server_name_not_allowed' };
}

function thumbprint({ thumbprints, unverifiable }: Demands, { server }: TlsTraffic, sight: Sight): Finding {
  return holdIdentity(ofCertificate('thumbprint', thumbprints, server, unverifiable, sight), sight);
}

/** A client cannot be probed, so that `probe` means to turn away what cannot be seen. */
function clientThumbprint({ clientThumbprints, unverifiable }: Demands, { client }: TlsTraffic, sight: Sight): Finding {
  return holdIdentity(ofCertificate('client_thumbprint', clientThumbprints, client, unverifiable, sight), sight);
}

function ofCertificate(
  fact: 'thumbprint' | 'client_thumbprint',
  expected: readonly string[],
  shown: Shown<Certificate>,
  unverifiable: Unverifiable,
  { at }: Sight,
): Pinned<Certificate> {
  return {
    fact,
    mismatch: `${fact}_mismatch`,
    expected,
    shown,
    unverifiable,
    claimed: 'not_visible',
    // A server always has a certificate; a client that shows none is not the one that is pinned.
    absent: fact === 'thumbprint' ? 'not_visible' : 'mismatch',
    textOf: ({ thumbprint }) => thumbprint,
    listed: ({ thumbprint }) => expected.includes(thumbprint),
    about: (certificate) => validity(certificate, at),
  };
}

/** Halibut trusts thumbprints whatever their days say, so that these are told and decide nothing. */
function validity({ notBefore, notAfter }: Certificate, at: number): string {
  if (at >= notAfter) return `the certificate expired on ${dayOf(notAfter)}`;
  if (at < notBefore) return `the certificate is valid from ${dayOf(notBefore)} on`;
  return `the certificate is valid until ${dayOf(notAfter)}`;
}

/**
 * The key exchange's signature covers a secret that only its ends know, so that a host key is always a claim, and one end
 * alone cannot make a false one hold: the client checks the signature. Whoever wants more has it probed.
 */
function hostKey({ hostKeys, unverifiable }: Demands, { server }: SshTraffic, sight: Sight): Finding {
  const pinned: Pinned<HostKey> = {
    fact: 'host_key',
    mismatch: 'host_key_mismatch',
    expected: hostKeys.map(pinText),
    shown: server,
    unverifiable,
    claimed: unverifiable === 'probe' ? 'not_visible' : 'verified',
    absent: 'not_visible',
    textOf: ({ sha256 }) => sha256,
    listed: (key) => isPinned(key, hostKeys, sight),
    about: (key) => aboutHostKey(key, sight),
  };
  return holdIdentity(pinned, sight);
}
