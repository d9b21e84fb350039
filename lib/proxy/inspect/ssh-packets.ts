import type { HostKey, Shown } from '../../attempt/index.js';
import type { Malformed } from '../../protocol/index.js';
import {
  isBeforeKeys,
  KEXINIT,
  negotiate,
  readHostKeyReply,
  readKeyExchangeInit,
  type KeyExchangeInit,
  type Negotiated,
} from '../../protocol/ssh/index.js';

/** A packet that may go on. */
export interface Pass {
  readonly kind: 'pass';
}

/** A packet of the server: one that may go on, the one that shows the host key (or that it stays hidden), or a fault. */
type Step =
  Pass | { readonly kind: 'shown'; readonly server: Shown<HostKey>; readonly negotiated: Negotiated } | Malformed;

const PASS: Pass = { kind: 'pass' };
/**
 * What one end may send before the host key, as transmitted: an offer is 1 to 2 KiB, a post-quantum key as much, a host
 * certificate up to some 10 KiB.
 */
const AT_MOST = { client: 32 * 1024, server: 64 * 1024, packets: 32 };

/** One packet: its payload, and its length as transmitted. */
export interface Packet {
  readonly value: Buffer;
  readonly length: number;
}

/** Follows the packets of an SSH key exchange in both directions, up to the one that shows the server's host key. */
export class PacketFlow {
  #client: KeyExchangeInit | 'not_yet' = 'not_yet';
  #server: KeyExchangeInit | 'not_yet' = 'not_yet';
  #negotiated: Negotiated | 'not_reached' = 'not_reached';
  readonly #sent = { client: { bytes: 0, packets: 0 }, server: { bytes: 0, packets: 0 } };

  /** The key exchange method, once both ends have made their offers. */
  get keyExchange(): string | 'not_reached' {
    return this.#negotiated === 'not_reached' ? 'not_reached' : this.#negotiated.keyExchange;
  }

  /** Takes the next packet of the client. */
  fromClient(packet: Packet): Pass | Malformed {
    const started = this.#starts(packet, this.#client, 'client');
    if (started.kind !== 'init') return started;
    this.#client = started.init;
    this.#settle();
    return PASS;
  }

  /** Takes the next packet of the server. */
  fromServer(packet: Packet): Step {
    const negotiated = this.#negotiated;
    if (negotiated !== 'not_reached' && this.#carriesKey(packet.value, negotiated)) {
      return shown(packet.value, negotiated);
    }
    const started = this.#starts(packet, this.#server, 'server');
    if (started.kind !== 'init') return started;
    this.#server = started.init;
    this.#settle();
    return PASS;
  }

  #carriesKey([message = 0]: Buffer, { reply }: Negotiated): boolean {
    // Which message of an unknown method has the key is unknown too, so none passes.
    return reply === 'unknown' ? message >= 30 : message === reply;
  }

  #starts({ value: payload, length }: Packet, known: KeyExchangeInit | 'not_yet', from: 'client' | 'server') {
    const counted = this.#counted(length, from);
    if (counted.kind === 'malformed') return counted;
    const [message = 0] = payload;
    if (!isBeforeKeys(message, from, this.#negotiated))
      return broken(`the ${from} sent message ${message} before the host key`);
    if (message !== KEXINIT) return PASS;
    if (known !== 'not_yet') return broken(`the ${from} began the key exchange twice`);
    const init = readKeyExchangeInit(payload, from);
    return 'kind' in init ? init : ({ kind: 'init', init } as const);
  }

  /** Counts whole packets: padding can carry data too. */
  #counted(length: number, from: 'client' | 'server'): Pass | Malformed {
    const sent = this.#sent[from];
    sent.bytes += length;
    sent.packets += 1;
    const tooMuch = sent.bytes > AT_MOST[from] || sent.packets > AT_MOST.packets;
    return tooMuch ? broken(`the ${from} sent too much before the host key`) : PASS;
  }

  #settle(): void {
    if (this.#client === 'not_yet' || this.#server === 'not_yet') return;
    const negotiated = negotiate(this.#client, this.#server);
    // Ends without a common method disconnect by themselves.
    if (negotiated !== 'nothing_in_common') this.#negotiated = negotiated;
  }
}

function shown(payload: Buffer, negotiated: Negotiated): Step {
  if (negotiated.reply === 'unknown') {
    return { kind: 'shown', server: { kind: 'hidden', why: 'unknown_key_exchange', probe: 'not_made' }, negotiated };
  }
  const read = readHostKeyReply(payload, negotiated);
  if ('kind' in read) return read;
  // The signature covers the shared secret, which only the two ends know.
  return { kind: 'shown', server: { kind: 'claimed', identity: read, probe: 'not_made' }, negotiated };
}

function broken(detail: string): Malformed {
  return { kind: 'malformed', detail };
}
