import { readRequestHead, type RequestHead } from '../protocol/http/index.js';
import { refuseRequest, refuseMalformed, type Refusal } from './refusal/index.js';
import type { BufferedSocket } from './socket/index.js';

/** A request head, read by our own strict reader. What follows it is still on the wire. */
export interface Asked {
  readonly kind: 'asked';
  readonly head: RequestHead;
}

/** The client went away, or stayed silent, between requests: nothing was asked, so nothing is recorded. */
export interface NothingAsked {
  readonly kind: 'nothing';
}

/**
 * Reads the next request head off a connection. A connection may be silent for `idleMs`; from a head's first byte on,
 * the rest has `headMs` (a slow head is how one holds a server's connections).
 */
export async function parse(
  connection: BufferedSocket,
  idleMs: number,
  headMs: number,
): Promise<Asked | Refusal | NothingAsked> {
  if (connection.held.length === 0) {
    const waited = await connection.more(idleMs);
    if (waited !== 'bytes') return { kind: 'nothing' };
  }
  const lastMoment = performance.now() + headMs;
  for (;;) {
    const reading = readRequestHead(connection.held);
    if (reading.kind === 'whole') {
      connection.drop(reading.length);
      return { kind: 'asked', head: reading.value };
    }
    if (reading.kind === 'malformed') return refuseMalformed(reading.rule, reading.status, reading.detail);
    const waited = await connection.more(Math.max(1, lastMoment - performance.now()));
    if (waited === 'gone') return { kind: 'nothing' };
    if (waited === 'late') return refuseRequest('request_timeout');
    if (waited === 'ended') return refuseMalformed('H7', 400, 'the request ended before its head was complete');
  }
}
