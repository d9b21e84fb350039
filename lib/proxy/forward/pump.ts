import {
  CHUNK_TAIL,
  LAST_CHUNK,
  chunkHead,
  type BadMessage,
  type BodyReader,
  type Framing,
} from '../../protocol/http/index.js';
import type { BufferedSocket, OneShot } from '../socket/index.js';

/**
 * How moving a body ended. `whole`: all of it was read and sent on. Otherwise how it broke, and on which side; a bad
 * message names the rule that the source's framing broke.
 */
export type PumpResult =
  { readonly kind: 'whole' | 'source_cut_short' | 'source_late' | 'sink_gone' | 'sink_stalled' } | BadMessage;

/** How long either side may hold a body up, in milliseconds. */
export interface PumpLimits {
  readonly readMs: number;
  readonly stalledMs: number;
}

/**
 * Moves one body from a socket to another: strictly read, framed again, at most one read ahead of the slower side. Bytes
 * after the body are put back for the next message. `first` (a head) goes out before it, in one write with the body's
 * beginning if that has arrived. The cancellation ends a wait for the source.
 */
export async function pump(
  source: BufferedSocket,
  reader: BodyReader,
  sink: BufferedSocket,
  framing: Framing,
  limits: PumpLimits,
  first: Buffer,
  cancellation?: OneShot,
): Promise<PumpResult> {
  const frame = framing.kind === 'chunked' ? inChunks : asIs;
  let before = [first];
  for (;;) {
    // Read even without bytes: an empty body is whole at once.
    const step = reader.read(source.take());
    if (step.kind === 'malformed') return step;
    const parts = [...before, ...frame(step.payload)];
    before = [];
    if (step.kind === 'whole') {
      if (step.rest.length > 0) source.unread(step.rest);
      if (framing.kind === 'chunked') parts.push(LAST_CHUNK);
    }
    const sent = await deliver(sink, parts, limits.stalledMs);
    if (sent.kind !== 'whole' || step.kind === 'whole') return sent;
    if (source.held.length > 0) continue;
    const { kind } = await source.waitForMore(limits.readMs, cancellation);
    if (kind === 'late') return { kind: 'source_late' };
    // A reset is not an end: only an orderly end can complete a body.
    if (kind === 'gone' || (kind === 'ended' && reader.ended() === 'cut_short')) return { kind: 'source_cut_short' };
    if (kind === 'ended') return await deliver(sink, framing.kind === 'chunked' ? [LAST_CHUNK] : [], limits.stalledMs);
  }
}

const WHOLE = { kind: 'whole' } as const;

async function deliver(sink: BufferedSocket, parts: readonly Buffer[], stalledMs: number): Promise<PumpResult> {
  if (parts.length === 0) return WHOLE;
  const { kind } = await sink.send(parts, stalledMs);
  if (kind === 'sent') return WHOLE;
  return { kind: kind === 'gone' ? 'sink_gone' : 'sink_stalled' };
}

function asIs(payload: readonly Buffer[]): readonly Buffer[] {
  return payload;
}

function inChunks(payload: readonly Buffer[]): Buffer[] {
  return payload.flatMap((bytes) => (bytes.length === 0 ? [] : [chunkHead(bytes.length), bytes, CHUNK_TAIL]));
}
