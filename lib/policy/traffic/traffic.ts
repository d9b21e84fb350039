import { isUnder } from '../../address/index.js';
import type { Certificate, Observation, SshTraffic, TlsTraffic } from '../../attempt/index.js';
import type { Protocol } from '../language/index.js';
import { dayOf } from './days.js';
import type { Demands } from './demands.js';
import type { Finding, Sight } from './finding.js';
import { aboutHostKey, isPinned, pinText } from './host-key.js';
import { holdIdentity } from './identity.js';

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
function serverName({ names, suffixes }: Demands, { serverName: asked }: TlsTraffic, { host }: Sight): Finding {
  const expected = [...(host.kind === 'name' ? [host.name] : []), ...names, ...suffixes.map((suffix) => `*.${suffix}`)];
  const check = { fact: 'server_name', expected, seen: asked } as const;
  if (asked === 'none' && host.kind === 'address') {
    const detail = 'a host that is asked for by its address needs no server name';
    return { check: { ...check, outcome: 'not_checked', detail }, failed: 'none' };
  }
  const own = host.kind === 'name' && host.name === asked;
  if (own || (asked !== 'none' && (names.includes(asked) || suffixes.some((suffix) => isUnder(asked, suffix)))))
    return { check: { ...check, outcome: 'verified', detail: '' }, failed: 'none' };
  const detail = asked === 'none' ? 'the client names no server' : '';
  return { check: { ...check, outcome: 'mismatch', detail }, failed: 'server_name_not_allowed' };
}

function thumbprint({ thumbprints, unverifiable }: Demands, { server }: TlsTraffic, sight: Sight): Finding {
  return holdIdentity(
    {
      ...certificates(thumbprints, sight),
      ...{ fact: 'thumbprint', mismatch: 'thumbprint_mismatch', shown: server, absent: 'not_visible', unverifiable },
    },
    sight,
  );
}

/** A client cannot be probed, so that `probe` means to turn away what cannot be seen. */
function clientThumbprint({ clientThumbprints, unverifiable }: Demands, { client }: TlsTraffic, sight: Sight): Finding {
  return holdIdentity(
    {
      ...certificates(clientThumbprints, sight),
      ...{ fact: 'client_thumbprint', mismatch: 'client_thumbprint_mismatch', shown: client, absent: 'mismatch' },
      unverifiable,
    },
    sight,
  );
}

function certificates(expected: readonly string[], { at }: Sight) {
  return {
    expected,
    claimed: 'not_visible',
    textOf: (certificate: Certificate) => certificate.thumbprint,
    listed: (certificate: Certificate) => expected.includes(certificate.thumbprint),
    about: (certificate: Certificate) => validity(certificate, at),
  } as const;
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
  return holdIdentity(
    {
      ...{ fact: 'host_key', mismatch: 'host_key_mismatch', expected: hostKeys.map(pinText), shown: server },
      ...{ unverifiable, claimed: unverifiable === 'probe' ? 'not_visible' : 'verified', absent: 'not_visible' },
      textOf: ({ sha256 }) => sha256,
      listed: (key) => isPinned(key, hostKeys, sight),
      about: (key) => aboutHostKey(key, sight),
    },
    sight,
  );
}
