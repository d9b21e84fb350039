import { AnchorFeed, type AnchorOptions, type AnchorStatus } from './anchor-feed.js';
import { type AnchorSetting, checkpointOf } from './targets.js';

/** All anchors of an instance. */
export interface Anchors {
  /** Passes on a checkpoint that is durable: the note, and how many lines it covers. Never throws, never waits. */
  readonly onCheckpoint: (note: string, size: number) => void;
  /**
   * How many lines every anchor vouches for. All of them, not any: what is removed here can be proven only elsewhere, and
   * with two anchors, the loss of one must not lose the proof.
   */
  readonly anchoredSize: () => number | 'no_anchors';
  readonly status: () => readonly AnchorStatus[];
  /** The newest checkpoint, whether an anchor has it or not: how many lines it covers, and when it came; or `'none'`. */
  readonly newest: () => { readonly size: number; readonly at: Date } | 'none';
  /** Gives what waits a last chance, for so long, and ends. Never throws. */
  readonly close: (flushMs: number) => Promise<void>;
}

interface AnchorsOptions extends Omit<AnchorOptions, 'timing'> {
  readonly settings: readonly AnchorSetting[];
  readonly timing?: AnchorOptions['timing'];
}

const TIMING: AnchorOptions['timing'] = { minMs: 1_000, maxMs: 30_000, staleMs: 300_000 };
const CHECK_EVERY_MS = 10_000;

/** Reads what each anchor has accepted, and begins to keep them. Never throws. */
export async function startAnchors({ settings, timing = TIMING, ...shared }: AnchorsOptions): Promise<Anchors> {
  const feeds = settings.map((setting) => new AnchorFeed(setting, { ...shared, timing }));
  await Promise.all(feeds.map((feed) => feed.open()));
  const checking = setInterval(
    () => feeds.forEach((feed) => feed.checkStale()),
    Math.min(CHECK_EVERY_MS, timing.staleMs),
  );
  checking.unref();
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
      clearInterval(checking);
      await Promise.all(feeds.map((feed) => feed.close(flushMs)));
    },
  };
}
