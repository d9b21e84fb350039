import type { ExecutionContext } from 'ava';
import { startAnchors, type AnchorEvent, type Anchors, type AnchorSetting } from '../../../lib/outbox/anchors/index.js';
import { makeFolder } from '../../fixtures/folder.js';
import { localLookup } from '../../fixtures/local-lookup.js';

/** A signed note as the journal makes them; what is signed does not matter here. */
export function noteOf(size: number, root = `root-of-${size}`): string {
  return `tidegate/test\n${size}\n${root}\nchain x\ntime 2026-11-23T10:20:30.456Z\n\n\u2014 tidegate/test c2lnbmF0dXJl\n`;
}

export const plainParts: AnchorSetting['parts'] = {
  from: { version: '1.2.3', host: 'proxy-1' },
  timeoutMs: 5_000,
  trust: 'plain',
  headers: {},
  secret: 'none',
  lookup: localLookup,
};

/** Anchors that try again at once, and what they tell. */
export async function anchorsOf(
  t: ExecutionContext,
  settings: readonly AnchorSetting[],
  folder = 'none',
  staleMs = 300_000,
): Promise<{ anchors: Anchors; events: AnchorEvent[]; folder: string }> {
  const events: AnchorEvent[] = [];
  let path = folder;
  if (folder === 'none') {
    const made = await makeFolder();
    t.teardown(made.remove);
    ({ path } = made);
  }
  const anchors = await startAnchors({
    folder: path,
    settings,
    onEvent: (_, event) => events.push(event),
    timing: { minMs: 10, maxMs: 50, staleMs },
  });
  t.teardown(() => anchors.close(0));
  return { anchors, events, folder: path };
}
