import { encode, type AuditRecord } from '../../../lib/audit/index.js';
import type { About, Entry } from '../../../lib/audit/formats/index.js';
import { SAMPLES } from '../samples.js';

export const ABOUT: About = { version: '0.1.0', host: 'proxy-1.corp.example' };

/** An entry as the journal would give it. */
export function entryOf(kind: string, content: unknown, seq = 7): Entry {
  return {
    seq,
    time: '2026-11-23T10:20:31.000Z',
    boot: '0123456789abcdef',
    kind,
    content,
    hash: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
  };
}

export function entryOfRecord(record: AuditRecord): Entry {
  const { kind, content } = encode(record);
  return entryOf(kind, JSON.parse(JSON.stringify(content)));
}

/** An entry of every kind and verdict, of the journal's own kinds, of a later version, and one that cannot be read. */
export const ENTRIES: Readonly<Record<string, Entry>> = {
  ...Object.fromEntries(Object.entries(SAMPLES).map(([sentence, record]) => [sentence, entryOfRecord(record)])),
  'a segment begins': entryOf('segment', { segment: 'segment-00000001.jsonl', seq: 6, hash: 'x', bytes: 3127 }),
  'an unfinished end was cut off': entryOf('recover', { segment: 'segment-00000001.jsonl', bytes: 12 }),
  'the clock jumped': entryOf('clock', {
    ...{ event: 'jumped', by_ms: 5_184_000_000, expected: '2026-09-24T10:20:31.000Z', held_ms: 86_400_000 },
  }),
  'the clock was far from the newest record at a start': entryOf('clock', {
    ...{ event: 'far_at_start', by_ms: -300_000, expected: '2026-11-23T10:25:31.000Z', held_ms: 86_400_000 },
  }),
  'removal was released': entryOf('clock', { event: 'released', by: 'admin', reason: null }),
  'the hold on removal ended': entryOf('clock', { event: 'hold_ended', since: '2026-11-22T10:20:31.000Z' }),
  'a kind of a later version': entryOf('weather', { sky: 'clear', __proto__: 1 }),
  'a record that cannot be read': entryOf('close', { attempt: 17 }),
};
