import type { Observation, TlsTraffic } from '../../attempt/index.js';
import { disconnect, DISCONNECT_REASONS, OUR_IDENTIFICATION, readIdentification } from '../../protocol/ssh/index.js';
import { alert, readClientHello, type ClientHello } from '../../protocol/tls/index.js';
import type { TunnelRefusal } from '../socket/index.js';

/** What a client's first bytes are, and how a refusal is written in its protocol. */
interface Sniffed {
  readonly seen: Observation;
  readonly tunnelRefusal: TunnelRefusal | 'none';
}

/** Refuses an SSH client that has not received an identification yet. */
export const refuseInSsh: TunnelRefusal = (text) =>
  Buffer.concat([OUR_IDENTIFICATION, disconnect(DISCONNECT_REASONS.hostNotAllowedToConnect, text)]);

/** Recognises first bytes that the rule does not allow, for the record. */
export function sniff(bytes: Buffer): Sniffed {
  const ssh = readIdentification(bytes, 'client');
  if (ssh.kind === 'whole') return { seen: sshTraffic(ssh.value.softwareVersion), tunnelRefusal: refuseInSsh };
  const hello = readClientHello(bytes);
  const isTls = hello.kind === 'whole' || hello.kind === 'partial';
  const seen: Observation = hello.kind === 'whole' ? tlsTraffic(hello.value) : { protocol: 'unknown' };
  return { seen, tunnelRefusal: isTls ? () => alert('access_denied') : 'none' };
}

function sshTraffic(softwareVersion: string): Observation {
  return {
    protocol: 'ssh',
    softwareVersion,
    serverSoftwareVersion: 'not_reached',
    keyExchange: 'not_reached',
    server: { kind: 'not_reached' },
  };
}

/** The observation that a hello alone allows. */
export function tlsTraffic({ serverName, alpn, offered, encryptedHello }: ClientHello): TlsTraffic {
  return {
    protocol: 'tls',
    serverName,
    alpn,
    offered,
    encryptedHello,
    version: 'not_reached',
    server: { kind: 'not_reached' },
    client: { kind: 'not_reached' },
  };
}
