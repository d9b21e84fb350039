import { formatHost } from '../../address/index.js';
import type { HostCertificate, HostKey } from '../../attempt/index.js';
import type { HostKeyPin } from '../../protocol/ssh/index.js';
import { dayOf } from '../../system/values/index.js';
import type { TrafficContext } from './finding.js';

/** A pin as the policy file writes it. */
export function pinText({ marker, text }: HostKeyPin): string {
  return marker === 'authority' ? `@cert-authority ${text}` : text;
}

/** Whether a host key is listed, or a listed authority certified it for this host and time. */
export function isPinned(key: HostKey, pins: readonly HostKeyPin[], context: TrafficContext): boolean {
  return pins.some(({ marker, text }) => {
    if (marker === 'key') return hasFingerprint(key, text);
    const { certificate } = key;
    if (certificate === 'none' || !hasFingerprint(certificate.authority, text)) return false;
    return faultOf(certificate, context) === 'none';
  });
}

/** A host key in words: its type, and whether its certificate is valid. */
export function aboutHostKey({ type, certificate }: HostKey, context: TrafficContext): string {
  if (certificate === 'none') return type;
  const flaw = faultOf(certificate, context);
  return `${type}, certified by ${certificate.authority.sha256}${flaw === 'none' ? '' : `, but ${flaw}`}`;
}

function hasFingerprint({ sha256, md5 }: Pick<HostKey, 'sha256' | 'md5'>, text: string): boolean {
  return sha256 === text || md5 === text;
}

/** Why a certificate is not valid for this host now, or `'none'`. */
function faultOf({ holds, notBefore, notAfter, principals }: HostCertificate, { host, at }: TrafficContext): string {
  if (!holds) return 'the certificate is not a valid host certificate';
  if (at < notBefore) return `the certificate is valid from ${dayOf(notBefore)}`;
  if (at >= notAfter) return `the certificate expired on ${dayOf(notAfter)}`;
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
