import type { HostKey } from '../../../lib/attempt/index.js';
import {
  isBeforeKeys,
  KEXINIT,
  negotiate,
  readHostKeyReply,
  readIdentification,
  readKeyExchangeInit,
  readPacket,
  type Identification,
  type KeyExchangeInit,
  type Negotiated,
} from '../../../lib/protocol/ssh/index.js';

/** What was read of a connection up to its host key. */
export interface Followed {
  readonly client: Identification;
  readonly server: Identification;
  readonly negotiated: Negotiated;
  readonly hostKey: HostKey;
}

/** One end's identification and offer, and where after them its next packet starts. */
interface Opening {
  readonly identification: Identification;
  readonly init: KeyExchangeInit;
  readonly at: number;
}

/** Reads a recorded connection as a watcher would; throws where there is nothing to read, or anything that must not be. */
export function follow(client: Buffer, server: Buffer): Followed {
  const [ours, theirs] = [readOpening(client, 'client'), readOpening(server, 'server')];
  const negotiated = negotiate(ours.init, theirs.init);
  if (negotiated === 'nothing_in_common') throw new Error(negotiated);
  for (let at = theirs.at; ;) {
    const packet = readPacket(server.subarray(at));
    if (packet.kind !== 'whole') throw new Error(`no reply: ${JSON.stringify(packet)}`);
    at += packet.length;
    const number = packet.value[0] ?? 0;
    if (number === negotiated.reply) {
      const hostKey = readHostKeyReply(packet.value, negotiated);
      if ('kind' in hostKey) throw new Error(hostKey.detail);
      return { client: ours.identification, server: theirs.identification, negotiated, hostKey };
    }
    if (!isBeforeKeys(number, 'server', negotiated)) throw new Error(`message ${number} before the host key`);
  }
}

function readOpening(bytes: Buffer, from: 'client' | 'server'): Opening {
  const identification = readIdentification(bytes, from);
  if (identification.kind !== 'whole') throw new Error(`${from}: ${JSON.stringify(identification)}`);
  for (let at = identification.length; ;) {
    const packet = readPacket(bytes.subarray(at));
    if (packet.kind !== 'whole') throw new Error(`${from}: no offer: ${JSON.stringify(packet)}`);
    at += packet.length;
    const number = packet.value[0] ?? 0;
    if (!isBeforeKeys(number, from, 'not_reached')) throw new Error(`${from}: message ${number} before its offer`);
    if (number !== KEXINIT) continue;
    const init = readKeyExchangeInit(packet.value, from);
    if ('kind' in init) throw new Error(init.detail);
    return { identification: identification.value, init, at };
  }
}
