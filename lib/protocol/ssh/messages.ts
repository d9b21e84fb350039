import { writeString, writeUint32 } from './ssh-reader.js';
import { KEXINIT, type Negotiated } from './key-exchange.js';
import { writePacket } from './packet.js';

const DISCONNECT = 1;
const DESCRIPTION_BYTES = 1024;

/** Disconnect, ignore, unimplemented, debug (RFC 4253 §11): both ends may send them at any time before the keys. */
const ANY_TIME: readonly number[] = [DISCONNECT, 2, 3, 4];
/** The client's messages of key exchange: init 30, and for group exchange requests 30 or 34, and init 32 (RFC 4419 §5). */
const CLIENTS: readonly number[] = [30, 32, 34];
/** The server's group in group exchange (RFC 4419 §5). In all other methods this number is the reply's. */
const GROUP = 31;

/** The identification of tidegate where it answers instead of a server, with its line's end. */
export const OUR_IDENTIFICATION = Buffer.from('SSH-2.0-tidegate\r\n', 'latin1');

/** Why a connection ends (RFC 4253 §11.1), as far as tidegate says so. */
export const DISCONNECT_REASONS = { hostNotAllowedToConnect: 1, protocolError: 2, hostKeyNotVerifiable: 9 } as const;

/**
 * Whether a message may pass while the host key has not been seen: one without a user's data, but for what ignore and debug
 * hold. The caller looks first for the reply that carries the host key, and counts offers: a second one by the same end
 * would agree on other methods than those that were seen.
 */
export function isBeforeKeys(
  messageNumber: number,
  from: 'client' | 'server',
  negotiated: Negotiated | 'not_reached',
): boolean {
  if (ANY_TIME.includes(messageNumber)) return true;
  if (messageNumber === KEXINIT) return negotiated === 'not_reached';
  if (from === 'client') return CLIENTS.includes(messageNumber);
  return messageNumber === GROUP && negotiated !== 'not_reached' && negotiated.reply === 33;
}

/**
 * A packet before encryption that ends a connection (SSH_MSG_DISCONNECT, RFC 4253 §11.1). Clients show `text`, which is
 * cut at 1,024 bytes; what is not printable ASCII becomes a question mark. `reason`: one of {@link DISCONNECT_REASONS}.
 */
export function disconnect(reason: number, text: string): Buffer {
  const description = text.slice(0, DESCRIPTION_BYTES).replaceAll(/[^ -~]/g, '?');
  return writePacket(
    Buffer.concat([Buffer.of(DISCONNECT), writeUint32(reason), writeString(description), writeString('')]),
  );
}
