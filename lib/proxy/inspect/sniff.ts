import type { Observation, TlsTraffic } from '../../attempt/index.js';
import { disconnect, DISCONNECT_REASONS, OUR_IDENTIFICATION, readIdentification } from '../../protocol/ssh/index.js';
import { alert, readClientHello, type ClientHello } from '../../protocol/tls/index.js';
import type { TunnelRefusal } from '../socket/index.js';

/** What a client's first bytes are, and how it is told a refusal in its own protocol. */
interface Sniffed {
  readonly seen: Observation;
  readonly tunnelRefusal: TunnelRefusal | 'none';
}

/** Says no to an SSH client whose server has not identified itself yet. */
export const refuseInSsh: TunnelRefusal = (sentence) =>
  Buffer.concat([OUR_IDENTIFICATION, disconnect(DISCONNECT_REASONS.hostNotAllowedToConnect, sentence)]);

/** Says what first bytes that the rule does not want are instead, where that is plain: reviewers want to know. */
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

/** A hello, as far as it alone shows what the traffic is. */
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
