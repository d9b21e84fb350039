import {
  CHUNK_TAIL,
  LAST_CHUNK,
  chunkHead,
  type BadMessage,
  type BodyReader,
  type Framing,
} from '../../protocol/http/index.js';
import type { BufferedSocket } from './buffered-socket.js';

/**
 * How moving a body ended. `whole`: all of it was read, and sent on. All else: how it broke, and on which side; a bad
 * message says which rule the source's framing broke.
 */
export type PumpResult = 'whole' | 'source_cut_short' | 'source_late' | 'sink_gone' | 'sink_stalled' | BadMessage;

/** How long either side may hold a body up, in milliseconds. */
export interface PumpLimits {
  readonly readMs: number;
  readonly stalledMs: number;
}

/**
 * Moves one body from a wire to another: read strictly, framed anew, never more than one read ahead of the slower side.
 * What follows the body on the source is put back there for the next message. `first` (a head) goes out before it, in one
 * write with the body's beginning where that has arrived already.
 */
export async function pump(
  source: BufferedSocket,
  reader: BodyReader,
  sink: BufferedSocket,
  framing: Framing,
  limits: PumpLimits,
  first: readonly Buffer[] = [],
): Promise<PumpResult> {
  const frame = framing.kind === 'chunked' ? inChunks : asIs;
  let before = first;
  for (;;) {
    // Asked even with nothing there: a body of no length is whole at once.
    const step = reader.read(source.take());
    if (step.kind === 'malformed') return step;
    const parts = [...before, ...frame(step.payload)];
    before = [];
    if (step.kind === 'whole') {
      if (step.rest.length > 0) source.putBack(step.rest);
      if (framing.kind === 'chunked') parts.push(LAST_CHUNK);
    }
    const failed = await deliver(sink, parts, limits.stalledMs);
    if (failed !== 'whole' || step.kind === 'whole') return failed;
    if (source.held.length > 0) continue;
    const waited = await source.more(limits.readMs);
    if (waited === 'late') return 'source_late';
    // A reset is not an end: only an orderly one can make a body whole.
    if (waited === 'gone') return 'source_cut_short';
    if (waited === 'ended') return await atEnd(reader, sink, framing, limits);
  }
}

async function atEnd(
  reader: BodyReader,
  sink: BufferedSocket,
  framing: Framing,
  limits: PumpLimits,
): Promise<PumpResult> {
  if (reader.ended() === 'cut_short') return 'source_cut_short';
  return framing.kind === 'chunked' ? await deliver(sink, [LAST_CHUNK], limits.stalledMs) : 'whole';
}

async function deliver(sink: BufferedSocket, parts: readonly Buffer[], stalledMs: number): Promise<PumpResult> {
  if (parts.length === 0) return 'whole';
  const sent = await sink.send(parts, stalledMs);
  return sent === 'sent' ? 'whole' : sent === 'gone' ? 'sink_gone' : 'sink_stalled';
}

function asIs(payload: readonly Buffer[]): readonly Buffer[] {
  return payload;
}

function inChunks(payload: readonly Buffer[]): Buffer[] {
  return payload.flatMap((bytes) => (bytes.length === 0 ? [] : [chunkHead(bytes.length), bytes, CHUNK_TAIL]));
}
