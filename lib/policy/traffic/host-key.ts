import { formatHost } from '../../address/index.js';
import type { HostCertificate, HostKey } from '../../attempt/index.js';
import type { HostKeyPin } from '../../protocol/ssh/index.js';
import { dayOf } from '../../system/values/index.js';
import type { Sight } from './finding.js';

/** A pin as the policy file writes it. */
export function pinText({ marker, text }: HostKeyPin): string {
  return marker === 'authority' ? `@cert-authority ${text}` : text;
}

/**
 * Whether a host key is one of the pinned: it is listed itself, or an authority that is listed certified it for this host
 * and this time.
 */
export function isPinned(key: HostKey, pins: readonly HostKeyPin[], sight: Sight): boolean {
  return pins.some(({ marker, text }) => {
    if (marker === 'key') return hasFingerprint(key, text);
    const { certificate } = key;
    if (certificate === 'none' || !hasFingerprint(certificate.authority, text)) return false;
    return faultOf(certificate, sight) === 'none';
  });
}

/** What to tell people of a host key: its type, and what its certificate is worth. */
export function aboutHostKey({ type, certificate }: HostKey, sight: Sight): string {
  if (certificate === 'none') return type;
  const flaw = faultOf(certificate, sight);
  return `${type}, certified by ${certificate.authority.sha256}${flaw === 'none' ? '' : `, but ${flaw}`}`;
}

function hasFingerprint({ sha256, md5 }: Pick<HostKey, 'sha256' | 'md5'>, text: string): boolean {
  return sha256 === text || md5 === text;
}

/** Why a certificate does not vouch for this host now, or `'none'`. */
function faultOf({ holds, notBefore, notAfter, principals }: HostCertificate, { host, at }: Sight): string {
  if (!holds) return 'the certificate is not a valid one for hosts';
  if (at < notBefore) return `the certificate holds only from ${dayOf(notBefore)} on`;
  if (at >= notAfter) return `the certificate held only until ${dayOf(notAfter)}`;
  // A certificate without principals names no host; OpenSSH took such for every host until it stopped doing so.
  const name = host.kind === 'name' ? host.name : host.address.text;
  if (principals.some((principal) => matches(name, principal))) return 'none';
  return `the certificate is not for ${formatHost(host)}`;
}

/** As OpenSSH matches hosts with principals: `*` stands for any letters, `?` for one. */
function matches(name: string, principal: string): boolean {
  let [at, next, star, retry] = [0, 0, -1, 0];
  while (at < name.length) {
    if (principal[next] === '*') [star, retry, next] = [next, at, next + 1];
    else if (principal[next] === '?' || principal[next] === name[at]) [at, next] = [at + 1, next + 1];
    else if (star === -1) return false;
    else [retry, at, next] = [retry + 1, retry + 1, star + 1];
  }
  while (principal[next] === '*') next++;
  return next === principal.length;
}
