import { z } from 'zod';
import { anchorFrom } from './anchors.js';
import { sinkFrom } from './sinks.js';
import {
  count,
  dnsServer,
  duration,
  formatListen,
  hosts,
  listen,
  listOf,
  orWord,
  pathFrom,
  type Reader,
  size,
  transport,
  word,
  yesOrNo,
} from './values.js';

/**
 * Makes the schema of one layer (flags, environment or file): every key may be missing, no other key may be there. Paths
 * in it are taken from `folder`. CONNECT is answered in under 12 s whatever the world does (law 7), hence the limit of `answer`.
 */
export function layerSchema(folder: string) {
  const place = read(pathFrom(folder));
  return z.strictObject({
    listen: read(listOf(listen, formatListen)),
    policies: place,
    state: place,
    users: section({ file: place, required: read(yesOrNo) }),
    hosts: read(hosts),
    dns: section({
      servers: read(listOf(dnsServer, (server) => server)),
      timeout: read(duration(100, 11_000)),
      cache: read(count(0, 1_000_000)),
    }),
    limits: section({
      connections: read(count(1, 1_000_000)),
      'connections-per-client': read(count(1, 1_000_000)),
    }),
    timeouts: section({
      head: read(duration(1_000, 60_000)),
      dial: read(duration(100, 11_500)),
      answer: read(duration(1_000, 11_500)),
      response: read(duration(1_000)),
      idle: read(duration(1_000)),
      'tunnel-idle': read(orWord('never', duration(1_000))),
      'half-closed': read(duration(1_000)),
      hello: read(duration(1_000, 60_000)),
      handshake: read(duration(1_000, 300_000)),
      probe: read(duration(500, 60_000)),
      'probe-memory': read(duration(0, 86_400_000)),
      stalled: read(duration(1_000)),
    }),
    progress: read(duration(1_000)),
    shutdown: section({ drain: read(duration(0, 3_600_000)) }),
    revocation: read(word('close', 'keep')),
    journal: section({
      key: place,
      segment: read(size(2 ** 16, 2 ** 34)),
      compress: read(yesOrNo),
      'keep-for': read(orWord('always', duration(86_400_000, 36_500 * 86_400_000))),
      'keep-size': read(orWord('unlimited', size(2 ** 20, 2 ** 44))),
      reserve: read(orWord('none', size(2 ** 16, 2 ** 34))),
    }),
    anchors: read(listOf(anchorFrom(folder), ({ name }) => name, 0)),
    metrics: section({ listen: read(listen) }),
    sinks: read(listOf(sinkFrom(folder), ({ name }) => name, 0)),
    log: section({
      level: read(word('debug', 'info', 'warn', 'error')),
      format: read(word('auto', 'human', 'json')),
      transports: read(listOf(transport, (each) => JSON.stringify(each), 0)),
    }),
  });
}

/** What one layer says. */
export type Layer = z.output<ReturnType<typeof layerSchema>>;

function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.exactOptional(z.strictObject(shape));
}

/** Makes a key that may be missing out of a reader; all that the reader finds wrong becomes issues at their places. */
function read<T>(reader: Reader<T>) {
  return z.exactOptional(
    z.unknown().transform((raw, context): T => {
      const found = reader(raw);
      if (found.kind === 'value') return found.value;
      for (const { at, detail } of found.problems) context.addIssue({ code: 'custom', path: [...at], message: detail });
      return z.NEVER;
    }),
  );
}
