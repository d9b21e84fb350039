import { join } from 'node:path';
import { checkpointOf } from './checkpoint.js';
import { AnchorFeed, type AnchorEvent, type AnchorStatus, type AnchorTiming } from './anchor-feed.js';
import { identityOf, openAnchorTarget, type AnchorSetting } from './targets.js';

/** What anchors are made of. */
export interface AnchorsOptions {
  /** The folder in which it is remembered what each has accepted. */
  readonly folder: string;
  readonly settings: readonly AnchorSetting[];
  readonly tell: (anchor: string, event: AnchorEvent) => void;
  readonly timing?: AnchorTiming;
}

/** All anchors of an instance. */
export interface Anchors {
  /** Hands on a checkpoint that is durable: the note, and how many lines it speaks of. Never throws, never waits. */
  readonly onCheckpoint: (note: string, size: number) => void;
  /**
   * How many lines every anchor vouches for. All of them, not any: what is removed here can be proven only elsewhere,
   * and whoever names two anchors wants no single one to be enough to lose that.
   */
  readonly anchoredSize: () => number | 'no_anchors';
  readonly status: () => readonly AnchorStatus[];
  /** The newest checkpoint there is, whoever has it: how many lines it speaks of, and when it came; or `'none'`. */
  readonly newest: () => { readonly size: number; readonly at: Date } | 'none';
  /** Gives what waits a last chance, for so long, and ends. Never throws. */
  readonly close: (flushMs: number) => Promise<void>;
}

const TIMING: AnchorTiming = { leastMs: 1_000, mostMs: 30_000, staleMs: 300_000 };

/** Recalls what each anchor has accepted, and begins to keep them. Never throws. */
export async function startAnchors(options: AnchorsOptions): Promise<Anchors> {
  const { folder, settings, tell, timing = TIMING } = options;
  const feeds = settings.map(
    (setting) =>
      new AnchorFeed({
        name: setting.name,
        place: openAnchorTarget(setting),
        identity: identityOf(setting.place),
        memory: join(folder, `${setting.name}.json`),
        timing,
        tell: (event) => tell(setting.name, event),
      }),
  );
  await Promise.all(feeds.map((feed) => feed.open()));
  const looking = setInterval(() => feeds.forEach((feed) => feed.look()), Math.min(10_000, timing.staleMs));
  looking.unref();
  let newest: ReturnType<Anchors['newest']> = 'none';
  return {
    onCheckpoint: (note, size) => {
      newest = { size, at: new Date() };
      for (const feed of feeds) feed.offer(checkpointOf(note, size));
    },
    newest: () => newest,
    anchoredSize: () => (feeds.length === 0 ? 'no_anchors' : Math.min(...feeds.map(({ size }) => size))),
    status: () => feeds.map((feed) => feed.status()),
    close: async (flushMs) => {
      clearInterval(looking);
      await Promise.all(feeds.map((feed) => feed.close(flushMs)));
    },
  };
}
