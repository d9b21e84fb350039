import { join } from 'node:path';
import type { Line } from '../journal/index.js';
import {
  type Clock,
  type JournalSource,
  type Limits,
  type SinkEvent,
  type SinkFeed,
  type SinkPosition,
  type SinkStatus,
  startSinkFeed,
  systemClock,
  writeCursor,
} from './feed/index.js';
import { sinkMaker, type SinkParts, type SinkRecord, type SinkTarget } from './sinks/index.js';

/** What a line is in some format. */
export interface Rendered {
  readonly text: string;
  readonly object: SinkRecord['object'];
}

/** One sink as it is to be fed. */
export interface SinkSetting {
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
export interface SinksOptions {
  readonly source: JournalSource;
  /** The folder that the cursors are kept in. */
  readonly cursors: string;
  readonly settings: readonly SinkSetting[];
  readonly tell: (sink: string, event: SinkEvent) => void;
  readonly clock?: Clock;
}

/** All sinks being fed. */
export interface Sinks {
  readonly status: () => readonly SinkStatus[];
  /** The last record that no sink will read again, so that the journal may remove it; `'all'` if there is no sink. */
  readonly slowest: () => number | 'all';
  /** Ships what is durable now, for `flushMs` at most, and ends. Never throws. */
  readonly close: (flushMs: number) => Promise<void>;
}

/** Begins to feed every sink, each at its own clock: one that hangs holds up neither the others nor the journal. */
export function startSinks({ source, cursors, settings, tell, clock = systemClock }: SinksOptions): Sinks {
  const makeSink = sinkMaker();
  const saveCursor = oneAtATime();
  const feeds: readonly SinkFeed[] = settings.map(({ name, target, parts, from, onRefused, limits, ...outlet }) =>
    startSinkFeed({
      ...{ name, source, from, onRefused, limits, clock, saveCursor },
      cursorFile: join(cursors, `${name}.cursor`),
      openSink: (onLost) => makeSink(target, parts, onLost),
      render: (line, id) => sinkRecordOf(line, id, outlet),
      tell: (event) => tell(name, event),
    }),
  );
  return {
    status: () => feeds.map(({ status }) => status()),
    slowest: () => (feeds.length === 0 ? 'all' : Math.min(...feeds.map(({ settled }) => settled()))),
    close: async (flushMs) => {
      await Promise.all(feeds.map(({ close }) => close(flushMs)));
    },
  };
}

/** Many sinks must not sync many cursors at once: the journal's own syncs need a thread of Node's too. */
function oneAtATime(): (path: string, position: SinkPosition) => Promise<void> {
  let last = Promise.resolve();
  return (path, position) => {
    const written = last.then(() => writeCursor(path, position));
    last = written.catch(() => undefined);
    return written;
  };
}

function sinkRecordOf(
  line: Line,
  id: string,
  { kinds, render }: Pick<SinkSetting, 'kinds' | 'render'>,
): SinkRecord | 'unwanted' {
  const { seq, time, kind, boot } = line;
  if (kinds !== 'all' && !kinds.includes(kind)) return 'unwanted';
  return { seq, id, time, kind, boot, ...render(line, id) };
}
