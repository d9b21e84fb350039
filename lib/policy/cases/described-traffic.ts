import { z } from 'zod';
import { parseHost, type DomainName, type Host } from '../../address/index.js';
import type { Certificate, HostKey, Observation, Shown } from '../../attempt/index.js';
import type { HostKeyPin } from '../../protocol/ssh/index.js';
import { fault, leaf, mapReading, quoted, readValue, type TextReading } from '../../text/index.js';
import { readPinnedHostKey, readPinnedThumbprint } from '../values/index.js';

function readDescribedServerName(text: string): TextReading<DomainName | 'none'> {
  if (text === 'none') return { kind: 'value', value: 'none' };
  const host = parseHost(text);
  if (host.kind === 'parsed' && host.value.kind === 'name') return { kind: 'value', value: host.value.name };
  return fault('bad_case', `${quoted(text)} is not a server name`, 'write a host name, or none');
}

function readDescribedThumbprint(text: string): TextReading<string> {
  return text === 'hidden' || text === 'none' ? { kind: 'value', value: text } : readPinnedThumbprint(text);
}

function readDescribedHostKey(text: string): TextReading<HostKeyPin | 'hidden'> {
  return text === 'hidden' ? { kind: 'value', value: 'hidden' } : readPinnedHostKey(text);
}

/** The traffic of a tunnel as people describe it: keys of cases, and options of `policy explain`. */
export const trafficKeys = {
  'server-name': leaf(readDescribedServerName)
    .optional()
    .describe('what the client asks for in TLS, or none; left out, with a thumbprint: the host of connect'),
  thumbprint: leaf(readDescribedThumbprint).optional().describe("the Tentacle's certificate, or hidden"),
  'client-thumbprint': leaf(readDescribedThumbprint).optional().describe("Octopus' certificate, or none, or hidden"),
  'host-key': leaf(readDescribedHostKey)
    .optional()
    .describe('fingerprint of the SSH host key, or "@cert-authority" and that of its authority, or hidden'),
};

const description = z.object(trafficKeys);

/**
 * The traffic of a description as it would be observed. Of TLS the server name is that of the requested host unless it is
 * described; everything else that is not described was not inspected.
 */
export function observationOf(
  described: z.output<typeof description>,
  host: Host,
): Observation | 'not_given' | 'two_protocols' {
  const {
    'server-name': serverName,
    thumbprint,
    'client-thumbprint': clientThumbprint,
    'host-key': hostKey,
  } = described;
  const isTls = serverName !== undefined || thumbprint !== undefined || clientThumbprint !== undefined;
  if (isTls && hostKey !== undefined) return 'two_protocols';
  if (hostKey !== undefined) {
    const server = hostKey === 'hidden' ? HIDDEN_KEY : ({ kind: 'proven', identity: keyOf(hostKey, host) } as const);
    const unknown = { softwareVersion: '', serverSoftwareVersion: 'not_reached', keyExchange: 'not_reached' } as const;
    return { protocol: 'ssh', ...unknown, server };
  }
  if (!isTls) return 'not_given';
  return {
    protocol: 'tls',
    serverName: serverName ?? (host.kind === 'name' ? host.name : 'none'),
    ...{ alpn: [], offered: [], encryptedHello: false, version: 'not_reached' },
    server: shown(thumbprint),
    client: shown(clientThumbprint),
  };
}

/** The same as {@link observationOf} for texts; the problem is the first that is found. */
export function observationOfTexts(
  texts: Readonly<Record<keyof typeof trafficKeys, string | undefined>>,
  host: Host,
): TextReading<ReturnType<typeof observationOf>> {
  return mapReading(readValue(description, texts), (described) => observationOf(described, host));
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
