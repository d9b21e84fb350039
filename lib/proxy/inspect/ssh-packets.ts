import type { HostKey, Shown } from '../../attempt/index.js';
import type { Malformed } from '../../protocol/index.js';
import { isBeforeKeys, KEXINIT, negotiate, readHostKeyReply, readKeyExchangeInit } from '../../protocol/ssh/index.js';
import type { KeyExchangeInit, Negotiated } from '../../protocol/ssh/index.js';

/** A packet that may go on. */
export interface Pass {
  readonly kind: 'pass';
}

/** What a packet of the server is: one that may go on, the one that shows the host key (or that it stays hidden), or a fault. */
type Step =
  Pass | { readonly kind: 'shown'; readonly server: Shown<HostKey>; readonly negotiated: Negotiated } | Malformed;

const PASS: Pass = { kind: 'pass' };
/** Far above what any method of key exchange sends (the largest post-quantum keys take some 10 KiB), far below a leak. */
const BYTES_AT_MOST = 128 * 1024;

/** Follows the packets of an SSH key exchange in both directions, up to the one that shows the server's host key. */
export class PacketFlow {
  #client: KeyExchangeInit | 'not_yet' = 'not_yet';
  #server: KeyExchangeInit | 'not_yet' = 'not_yet';
  #negotiated: Negotiated | 'not_reached' = 'not_reached';
  #bytes = 0;

  /** The method of key exchange, once both ends have said theirs. */
  get keyExchange(): string | 'not_reached' {
    return this.#negotiated === 'not_reached' ? 'not_reached' : this.#negotiated.keyExchange;
  }

  /** Takes the next packet of the client. */
  fromClient(payload: Buffer): Pass | Malformed {
    const started = this.#starts(payload, this.#client, 'client');
    if (started.kind !== 'init') return started;
    this.#client = started.init;
    return this.#settle();
  }

  /** Takes the next packet of the server. */
  fromServer(payload: Buffer): Step {
    const negotiated = this.#negotiated;
    if (negotiated !== 'not_reached' && this.#carriesKey(payload, negotiated)) return shown(payload, negotiated);
    const started = this.#starts(payload, this.#server, 'server');
    if (started.kind !== 'init') return started;
    this.#server = started.init;
    return this.#settle();
  }

  #carriesKey([message = 0]: Buffer, { reply }: Negotiated): boolean {
    // Of an unknown method nobody can tell which message is the one, so none passes.
    return reply === 'unknown' ? message >= 30 : message === reply;
  }

  #starts(payload: Buffer, known: KeyExchangeInit | 'not_yet', from: 'client' | 'server') {
    const counted = this.#counted(payload);
    if (counted.kind === 'malformed') return counted;
    const [message = 0] = payload;
    if (!isBeforeKeys(message, from, this.#negotiated))
      return broken(`the ${from} sent message ${message} before the host key`);
    if (message !== KEXINIT) return PASS;
    if (known !== 'not_yet') return broken(`the ${from} began the key exchange twice`);
    const init = readKeyExchangeInit(payload);
    return 'kind' in init ? init : ({ kind: 'init', init } as const);
  }

  #counted(payload: Buffer): Pass | Malformed {
    this.#bytes += payload.length;
    return this.#bytes > BYTES_AT_MOST ? broken('the key exchange does not come to the host key') : PASS;
  }

  #settle(): Pass | Malformed {
    if (this.#client === 'not_yet' || this.#server === 'not_yet') return PASS;
    const negotiated = negotiate(this.#client, this.#server);
    if ('kind' in negotiated) {
      // Who finds nothing in common says so to the other and goes: that is no matter of policy.
      return negotiated.kind === 'malformed' ? negotiated : PASS;
    }
    this.#negotiated = negotiated;
    return PASS;
  }
}

function shown(payload: Buffer, negotiated: Negotiated): Step {
  if (negotiated.reply === 'unknown') {
    return { kind: 'shown', server: { kind: 'hidden', why: 'unknown_key_exchange', probe: 'not_made' }, negotiated };
  }
  const read = readHostKeyReply(payload, negotiated);
  if ('kind' in read) return read;
  // The signature covers the shared secret, which nobody but the two ends knows: it cannot be checked here.
  return { kind: 'shown', server: { kind: 'claimed', identity: read, probe: 'not_made' }, negotiated };
}

function broken(detail: string): Malformed {
  return { kind: 'malformed', detail };
}
