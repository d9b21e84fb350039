import type { TimeLimits } from './options.js';
import { readRequestHead, type HeadProgress, type RequestHead } from '../protocol/http/index.js';
import { refuseMalformed, refuseRequest, type Refusal } from './refusal/index.js';
import type { BufferedSocket, OneShot } from './socket/index.js';

/** A strictly parsed request head. What follows it has not been read. */
export interface ParsedRequest {
  readonly kind: 'request';
  readonly head: RequestHead;
}

/** The client left or stayed silent between requests: nothing to record. */
const NO_REQUEST = { kind: 'no_request' } as const;

/**
 * Reads the next request head from a connection. It may be silent for `idle` milliseconds; from a head's first byte on, the
 * rest has `head` (slow heads are how connections are exhausted).
 */
export async function parse(
  connection: BufferedSocket,
  { idle, head }: Pick<TimeLimits, 'idle' | 'head'>,
  cancellation: OneShot,
): Promise<ParsedRequest | Refusal | typeof NO_REQUEST> {
  if (connection.held.length === 0 && (await connection.waitForMore(idle, cancellation)).kind !== 'bytes')
    return NO_REQUEST;
  const deadline = performance.now() + head;
  let progress: HeadProgress | undefined;
  for (;;) {
    const reading = readRequestHead(connection.held, progress);
    if (reading.kind === 'whole') {
      connection.consume(reading.length);
      return { kind: 'request', head: reading.value };
    }
    if (reading.kind === 'malformed') return refuseMalformed(reading);
    progress = reading.progress;
    const { kind } = await connection.waitForMore(Math.max(1, deadline - performance.now()), cancellation);
    if (kind === 'gone') return NO_REQUEST;
    if (kind === 'late') return refuseRequest('request_timeout');
    if (kind === 'ended') return refuseMalformed(CUT_SHORT);
  }
}

const CUT_SHORT = { rule: 'H7', status: 400, detail: 'the request ended before its head was complete' } as const;
