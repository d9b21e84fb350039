import { hostname } from 'node:os';
import { join } from 'node:path';
import { type AnchorEvent, type Anchors, type AnchorSetting, readTrust, startAnchors } from '../../outbox/index.js';
import type { AnchorConfig } from '../../config/index.js';
import { errorMessage } from '../../system/index.js';
import { exitCodes } from '../console/index.js';
import type { Log } from '../log/index.js';
import { NotStarted, type Surroundings } from './parts.js';
import { secretOf } from './sinks-part.js';

/**
 * Gets the anchors ready to be handed checkpoints. To be opened before the journal, which signs one at its start, and closed
 * after it, since it signs a last one. Throws {@link NotStarted} when one is set up in a way that cannot work.
 */
export async function anchorsPart({ config, log }: Pick<Surroundings, 'config' | 'log'>): Promise<Anchors> {
  const settings: AnchorSetting[] = [];
  for (const anchor of config.anchors) settings.push(await settingOf(anchor));
  const tell = (anchor: string, event: AnchorEvent): void => tellOf(log, anchor, event);
  return startAnchors({ folder: join(config.state, 'anchors'), settings, tell });
}

async function settingOf(anchor: AnchorConfig): Promise<AnchorSetting> {
  const { name, place, timeoutMs, tls } = anchor;
  const source = secretOf(anchor.secret.source);
  // What cannot be had now will hardly be there later.
  if (source !== 'none') await source().catch((error: unknown) => refuse(anchor, errorMessage(error)));
  const trust = tls === 'plain' ? tls : await readTrust(tls);
  if (trust !== 'plain' && trust.kind === 'problem') return refuse(anchor, trust.detail);
  const secret = source === 'none' ? source : { ...anchor.secret, secret: source };
  return { name, place, parts: { trust, secret, timeoutMs, host: hostname() } };
}

function refuse({ name }: AnchorConfig, detail: string): never {
  throw new NotStarted(exitCodes.config, `the anchor ${name} cannot be used`, [detail]);
}

function tellOf(log: Log, anchor: string, { kind, ...fields }: AnchorEvent): void {
  const [level, event] = words[kind];
  log[level](event, { anchor, ...fields });
}

const words = {
  failing: ['warn', 'an anchor does not take checkpoints: the newest waits'],
  works_again: ['info', 'an anchor has the newest checkpoint again'],
  stale: ['error', 'an anchor has not advanced for five minutes'],
  went_back: [
    'error',
    'the journal says less than an anchor has: the anchor gets nothing until its memory file is removed',
  ],
  memory_problem: ['error', 'what an anchor has accepted cannot be read or kept'],
} as const satisfies Record<AnchorEvent['kind'], readonly ['info' | 'warn' | 'error', string]>;
