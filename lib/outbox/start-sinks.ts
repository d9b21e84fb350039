import { join } from 'node:path';
import type { Line } from '../journal/index.js';
import { type Clock, type StateWriting, systemClock } from './delivery/index.js';
import {
  type JournalSource,
  type SinkEvent,
  SinkFeed,
  type SinkFeedOptions,
  type SinkPosition,
  type SinkStatus,
  writeCursor,
} from './feed/index.js';
import { openSink, type SinkParts, type SinkRecord, type SinkTarget } from './sinks/index.js';

/** One sink as it is to be fed. */
export interface SinkSetting extends Pick<SinkFeedOptions, 'name' | 'from' | 'onRefused' | 'limits'> {
  readonly target: SinkTarget;
  readonly parts: SinkParts;
  /** Writes a line in the sink's format. */
  readonly render: (line: Line, id: string) => Pick<SinkRecord, 'text' | 'object'>;
  readonly kinds: readonly string[] | 'all';
}

/** What all sinks share. */
export interface SinksOptions {
  readonly source: JournalSource;
  /** The folder that the cursors are kept in. */
  readonly cursors: string;
  readonly settings: readonly SinkSetting[];
  readonly onEvent: (sink: string, event: SinkEvent) => void;
  readonly clock?: Clock;
}

/** All sinks being fed. */
export interface Sinks {
  readonly status: () => readonly SinkStatus[];
  /** The last record that no sink will read again, so that the journal may remove it; `'all'` if there is no sink. */
  readonly slowest: () => number | 'all';
  /** Sends what is durable now, for `flushMs` at most, and ends. Never throws. */
  readonly close: (flushMs: number) => Promise<void>;
}

/** Begins to feed every sink, each at its own pace: one that hangs holds up neither the others nor the journal. */
export function startSinks({ source, cursors, settings, onEvent, clock = systemClock }: SinksOptions): Sinks {
  const saveCursor = oneAtATime();
  const feeds = settings.map(
    ({ target, parts, kinds, render, ...setting }) =>
      new SinkFeed({
        ...{ ...setting, source, clock, saveCursor },
        cursorFile: join(cursors, `${setting.name}.cursor`),
        openSink: (onLost) => openSink(target, parts, onLost),
        render: (line, id) => {
          const { seq, time, kind, boot } = line;
          const wanted = kinds === 'all' || kinds.includes(kind);
          return wanted ? { seq, id, time, kind, boot, ...render(line, id) } : 'unwanted';
        },
        onEvent: (event) => onEvent(setting.name, event),
      }),
  );
  return {
    status: () => feeds.map((feed) => feed.status()),
    slowest: () => (feeds.length === 0 ? 'all' : Math.min(...feeds.map(({ settled }) => settled))),
    close: async (flushMs) => {
      await Promise.all(feeds.map((feed) => feed.close(flushMs)));
    },
  };
}

/** Many sinks must not sync many cursors at once: the journal's own syncs need a thread of Node's too. */
function oneAtATime(): (path: string, position: SinkPosition) => Promise<StateWriting> {
  let last: Promise<unknown> = Promise.resolve();
  return (path, position) => {
    const written = last.then(() => writeCursor(path, position));
    last = written;
    return written;
  };
}
