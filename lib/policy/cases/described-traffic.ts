import { parseHost, type DomainName, type Host } from '../../address/index.js';
import type { Certificate, HostKey, Observation, Shown } from '../../attempt/index.js';
import type { HostKeyPin } from '../../protocol/ssh/index.js';
import { fault, quoted, type TextReading } from '../../text/index.js';
import { readPinnedHostKey, readPinnedThumbprint } from '../values/index.js';

/** The traffic of a tunnel as people describe it, for cases and explanations. */
interface TrafficDescription {
  readonly serverName?: DomainName | 'none' | undefined;
  readonly thumbprint?: string | undefined;
  readonly clientThumbprint?: string | undefined;
  readonly hostKey?: HostKeyPin | 'hidden' | undefined;
}

/** Reads a server name, or `none`. */
export function readDescribedServerName(text: string): TextReading<DomainName | 'none'> {
  if (text === 'none') return { kind: 'value', value: 'none' };
  const host = parseHost(text);
  if (host.kind === 'parsed' && host.value.kind === 'name') return { kind: 'value', value: host.value.name };
  return fault('bad_case', `${quoted(text)} is not a server name`, 'write a host name, or none');
}

/** Reads a thumbprint, or `hidden` where TLS 1.3 or a resumed session hides the certificate, or `none` where there is none. */
export function readDescribedThumbprint(text: string): TextReading<string> {
  return text === 'hidden' || text === 'none' ? { kind: 'value', value: text } : readPinnedThumbprint(text);
}

/** Reads a fingerprint, or `hidden`; with `@cert-authority`, of a key that this authority certified for the host. */
export function readDescribedHostKey(text: string): TextReading<HostKeyPin | 'hidden'> {
  return text === 'hidden' ? { kind: 'value', value: 'hidden' } : readPinnedHostKey(text);
}

/**
 * The traffic of a description as it would be observed. Of TLS the server name is that of the requested host unless it is
 * described; everything else that is not described was not inspected.
 */
export function observationOf(
  { serverName, thumbprint, clientThumbprint, hostKey }: TrafficDescription,
  host: Host,
): Observation | 'not_described' | 'two_protocols' {
  const isTls = serverName !== undefined || thumbprint !== undefined || clientThumbprint !== undefined;
  if (isTls && hostKey !== undefined) return 'two_protocols';
  if (hostKey !== undefined) {
    const server = hostKey === 'hidden' ? HIDDEN_KEY : ({ kind: 'proven', identity: keyOf(hostKey, host) } as const);
    const unknown = { softwareVersion: '', serverSoftwareVersion: 'not_reached', keyExchange: 'not_reached' } as const;
    return { protocol: 'ssh', ...unknown, server };
  }
  if (!isTls) return 'not_described';
  return {
    protocol: 'tls',
    serverName: serverName ?? (host.kind === 'name' ? host.name : 'none'),
    ...{ alpn: [], offered: [], encryptedHello: false, version: 'not_reached' },
    server: shown(thumbprint),
    client: shown(clientThumbprint),
  };
}

/** A description as people write it. */
type DescribedTexts = { readonly [Key in keyof TrafficDescription]: string | undefined };

/** The same as {@link observationOf} for texts; the problems are of the first that has any. */
export function observationOfTexts(texts: DescribedTexts, host: Host): TextReading<ReturnType<typeof observationOf>> {
  const serverName = readIfGiven(texts.serverName, readDescribedServerName);
  const thumbprint = readIfGiven(texts.thumbprint, readDescribedThumbprint);
  const clientThumbprint = readIfGiven(texts.clientThumbprint, readDescribedThumbprint);
  const hostKey = readIfGiven(texts.hostKey, readDescribedHostKey);
  if (serverName.kind === 'problems') return serverName;
  if (thumbprint.kind === 'problems') return thumbprint;
  if (clientThumbprint.kind === 'problems') return clientThumbprint;
  if (hostKey.kind === 'problems') return hostKey;
  const names = { serverName: serverName.value, thumbprint: thumbprint.value };
  const more = { clientThumbprint: clientThumbprint.value, hostKey: hostKey.value };
  return { kind: 'value', value: observationOf({ ...names, ...more }, host) };
}

function readIfGiven<T>(text: string | undefined, read: (text: string) => TextReading<T>): TextReading<T | undefined> {
  return text === undefined ? { kind: 'value', value: undefined } : read(text);
}

const HIDDEN_KEY = { kind: 'hidden', why: 'unknown_key_exchange', probe: 'not_made' } as const;

function shown(thumbprint: string | undefined): Shown<Certificate> {
  if (thumbprint === undefined) return { kind: 'not_reached' };
  if (thumbprint === 'none') return { kind: 'absent' };
  if (thumbprint === 'hidden') return { kind: 'hidden', why: 'tls_1_3', probe: 'not_made' };
  return { kind: 'proven', identity: { thumbprint, notBefore: 0, notAfter: Infinity } };
}

/** A key with one fingerprint, or that of its authority; the other fingerprint is not known and matches nothing. */
function keyOf({ marker, text }: HostKeyPin, host: Host): HostKey {
  const known = { type: 'key', sha256: text, md5: text };
  if (marker === 'key') return { ...known, certificate: 'none' };
  const principals = [host.kind === 'name' ? host.name : host.address.text];
  const certificate = { authority: known, principals, notBefore: 0, notAfter: Infinity, holds: true };
  return { type: 'key', sha256: `certified by ${text}`, md5: '', certificate };
}
