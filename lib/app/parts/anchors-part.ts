import { hostname } from 'node:os';
import { join } from 'node:path';
import { type AnchorEvent, type Anchors, type AnchorSetting, openReceiver, startAnchors } from '../../outbox/index.js';
import { type AppContext, StartError } from '../context/index.js';
import { ownVersion } from '../product/index.js';

/**
 * Opens the anchors: before the journal, which signs a checkpoint at its start, and to be closed after it, since it signs
 * a last one. Throws a {@link StartError}.
 */
export async function anchorsPart({ config, log, env }: AppContext): Promise<Anchors> {
  const from = { version: ownVersion(), host: hostname() };
  const settings: AnchorSetting[] = [];
  for (const { name, target, ...receiver } of config.anchors) {
    const opened = await openReceiver(receiver, from, env);
    if (opened.kind === 'problem') throw new StartError('anchor_unusable', `invalid anchor "${name}"`, [opened.detail]);
    settings.push({ name, target, parts: opened.parts });
  }
  return startAnchors({
    folder: join(config.state, 'anchors'),
    settings,
    onEvent: (anchor, { kind, ...fields }) => {
      const [level, message] = messages[kind];
      log[level](message, { anchor, ...fields });
    },
  });
}

const messages = {
  failing: ['warn', 'anchor does not accept checkpoints; the newest one waits'],
  works_again: ['info', 'anchor has the newest checkpoint again'],
  stale: ['error', 'anchor has not advanced for 5 minutes'],
  went_back: [
    'error',
    'journal is behind the anchor (possible rollback); anchoring stopped until its state file is removed',
  ],
  memory_problem: ['error', 'anchor state file cannot be read or written'],
} as const satisfies Record<AnchorEvent['kind'], readonly ['info' | 'warn' | 'error', string]>;
