import { connect } from 'node:net';
import { errorReason } from '../system/index.js';
import type { DnsServer } from './server.js';

const PREFIX_BYTES = 2;

/**
 * Sends a query over TCP (RFC 7766), where the reply did not fit a datagram. Calls back once, with the message or the reason
 * why none came; the function it gives closes the connection.
 */
export function queryOverTcp(
  { address, port, family }: DnsServer,
  query: Buffer,
  done: (result: Buffer | { readonly code: string }) => void,
): () => void {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt16BE(query.length);
  const reader = new MessageReader();
  const socket = connect({ host: address, port, family, noDelay: true, autoSelectFamily: false });
  let over = false;
  const settle = (result: Buffer | { readonly code: string }): void => {
    if (over) return;
    over = true;
    socket.destroy();
    done(result);
  };
  socket.once('connect', () => socket.write(Buffer.concat([prefix, query])));
  socket.on('error', (error) => settle({ code: errorReason(error) }));
  socket.on('close', () => settle({ code: 'ECONNRESET' }));
  socket.on('data', (bytes: Buffer) => {
    const message = reader.add(bytes);
    if (message !== 'partial') settle(message);
  });
  return () => {
    over = true;
    socket.destroy();
  };
}

/** Collects one message with its length before it. It holds what the length says, however small the pieces are. */
class MessageReader {
  #filled = 0;
  #wanted = Buffer.alloc(PREFIX_BYTES);
  #part: 'prefix' | 'message' = 'prefix';

  /** Takes bytes as they come; what follows the message is left out. */
  add(bytes: Buffer): Buffer | 'partial' {
    const taken = bytes.copy(this.#wanted, this.#filled);
    this.#filled += taken;
    if (this.#filled < this.#wanted.length) return 'partial';
    if (this.#part === 'message') return this.#wanted;
    this.#part = 'message';
    this.#wanted = Buffer.alloc(this.#wanted.readUInt16BE());
    this.#filled = 0;
    return this.add(bytes.subarray(taken));
  }
}
