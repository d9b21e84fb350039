import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Line } from '../journal/index.js';
import type { Limits } from './gathering.js';
import { type Mark, writeCursor } from './cursor.js';
import type { Pace } from './pace.js';
import type { Source } from './reading.js';
import { startShipper, type Shipper } from './shipper.js';
import { sinkMaker, type Shipment, type SinkParts, type SinkTarget } from './sinks/index.js';
import type { Event, SinkStatus } from './standing.js';

/** What a line is in some format. */
export interface Rendered {
  readonly text: string;
  readonly object: Shipment['object'];
}

/** One sink as it is to be fed. */
export interface Outlet {
  readonly name: string;
  readonly target: SinkTarget;
  readonly parts: SinkParts;
  readonly render: (line: Line, id: string) => Rendered;
  readonly kinds: readonly string[] | 'all';
  readonly from: 'oldest' | 'now';
  readonly onRefused: 'retry' | 'skip';
  readonly limits: Limits;
}

/** What all sinks share. */
export interface ShippingOptions {
  readonly source: Source;
  /** The folder that the cursors are kept in. */
  readonly cursors: string;
  readonly outlets: readonly Outlet[];
  readonly tell: (sink: string, event: Event) => void;
  readonly pace?: Pace;
}

/** All sinks being fed. */
export interface Shipping {
  readonly status: () => readonly SinkStatus[];
  /** The last record that no sink will read again, so that the journal may remove it; `'all'` if there is no sink. */
  readonly slowest: () => number | 'all';
  /** Ships what is durable now, for `flushMs` at most, and ends. Never throws. */
  readonly close: (flushMs: number) => Promise<void>;
}

/** Time and chance as they are. */
const worldly: Pace = {
  now: Date.now,
  mono: () => performance.now(),
  random: Math.random,
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch(() => undefined);
  },
};

/** Begins to feed every sink, each at its own pace: one that hangs holds up neither the others nor the journal. */
export function startShipping({ source, cursors, outlets, tell, pace = worldly }: ShippingOptions): Shipping {
  const makeSink = sinkMaker();
  const saveCursor = oneAtATime();
  const shippers: readonly Shipper[] = outlets.map(({ name, target, parts, from, onRefused, limits, ...outlet }) =>
    startShipper({
      ...{ name, source, from, onRefused, limits, pace, saveCursor },
      cursorFile: join(cursors, `${name}.cursor`),
      openSink: (onLost) => makeSink(target, parts, onLost),
      render: (line, id) => shipmentOf(line, id, outlet),
      tell: (event) => tell(name, event),
    }),
  );
  return {
    status: () => shippers.map(({ status }) => status()),
    slowest: () => (shippers.length === 0 ? 'all' : Math.min(...shippers.map(({ settled }) => settled()))),
    close: async (flushMs) => {
      await Promise.all(shippers.map(({ close }) => close(flushMs)));
    },
  };
}

/** Many sinks must not sync many cursors at once: the journal's own syncs need a thread of Node's too. */
function oneAtATime(): (path: string, mark: Mark) => Promise<void> {
  let last = Promise.resolve();
  return (path, mark) => {
    const written = last.then(() => writeCursor(path, mark));
    last = written.catch(() => undefined);
    return written;
  };
}

function shipmentOf(
  line: Line,
  id: string,
  { kinds, render }: Pick<Outlet, 'kinds' | 'render'>,
): Shipment | 'unwanted' {
  const { seq, time, kind, boot } = line;
  if (kinds !== 'all' && !kinds.includes(kind)) return 'unwanted';
  return { seq, id, time, kind, boot, ...render(line, id) };
}
