import { hostname } from 'node:os';
import { join } from 'node:path';
import { render } from '../../audit/formats/index.js';
import type { SinkConfig } from '../../config/index.js';
import type { Journal } from '../../journal/index.js';
import {
  type AnchorEvent,
  type Anchors,
  type AnchorSetting,
  openReceiver,
  type SinkEvent,
  type Sinks,
  type SinkSetting,
  startAnchors,
  startSinks,
  transportLoader,
} from '../../outbox/index.js';
import { type AppContext, StartError } from '../context/index.js';
import { ownVersion } from '../product/index.js';

/**
 * Opens the anchors: before the journal, which signs a checkpoint at its start, and to be closed after it, since it signs
 * a last one. Throws a {@link StartError}.
 */
export async function anchorsPart({ config, log, env, lookup }: AppContext): Promise<Anchors> {
  const settings: AnchorSetting[] = [];
  for (const anchor of config.anchors) {
    const opened = await openReceiver(anchor, sender(), env);
    if (opened.kind === 'problem') throw unusable('anchor', anchor.name, opened);
    settings.push({ ...anchor, parts: { ...opened.parts, lookup } });
  }
  return startAnchors({
    folder: join(config.state, 'anchors'),
    settings,
    onEvent: (anchor, { kind, ...fields }) => {
      const [level, message] = ANCHOR_EVENTS[kind];
      log[level](message, { anchor, ...fields });
    },
  });
}

/** Starts to feed the sinks from the journal. Throws a {@link StartError}. */
export async function sinksPart(context: AppContext, journal: Journal): Promise<Sinks> {
  const { config, log } = context;
  const settings: SinkSetting[] = [];
  for (const sink of config.sinks) settings.push(await sinkSetting(sink, context));
  return startSinks({
    source: { directory: config['journal.folder'], durable: () => journal.state().seq },
    cursors: join(config.state, 'sinks'),
    settings,
    onEvent: (sink, { kind, ...fields }) => {
      const [level, message] = SINK_EVENTS[kind];
      log[level](message, { sink, ...fields });
    },
  });
}

async function sinkSetting(sink: SinkConfig, { folder, env, lookup }: AppContext): Promise<SinkSetting> {
  const from = sender();
  const opened = await openReceiver(sink, from, env);
  if (opened.kind === 'problem') throw unusable('sink', sink.name, opened);
  const loadTransport = await transportLoader(sink.target, folder, lookup);
  if (typeof loadTransport !== 'function') throw unusable('sink', sink.name, loadTransport);
  return {
    ...sink,
    parts: { ...opened.parts, loadTransport, lookup },
    render: ({ seq, time, boot, kind, content }, hash) =>
      render(sink.format, { seq, time, boot, kind, content, hash }, from),
  };
}

function sender(): { readonly version: string; readonly host: string } {
  return { version: ownVersion(), host: hostname() };
}

function unusable(what: 'anchor' | 'sink', name: string, { detail }: { readonly detail: string }): StartError {
  return new StartError(`${what}_unusable`, `invalid ${what} "${name}"`, [detail]);
}

type LogText = readonly ['info' | 'warn' | 'error', string];

const ANCHOR_EVENTS: Readonly<Record<AnchorEvent['kind'], LogText>> = {
  failing: ['warn', 'anchor does not accept checkpoints; the newest one waits'],
  works_again: ['info', 'anchor has the newest checkpoint again'],
  stale: ['error', 'anchor has not advanced for 5 minutes'],
  went_back: [
    'error',
    'journal is behind the anchor (possible rollback); anchoring stopped until its state file is removed',
  ],
  memory_problem: ['error', 'anchor state file cannot be read or written'],
};

const SINK_EVENTS: Readonly<Record<SinkEvent['kind'], LogText>> = {
  failing: ['warn', 'sink does not accept records; they wait in the journal'],
  works_again: ['info', 'sink accepts records again'],
  gap: ['error', 'records were removed from the journal before the sink had them'],
  refused: ['error', 'sink rejects a record, which blocks later records'],
  skipped: ['error', 'sink rejects a record, which was skipped'],
  journal_replaced: ['error', 'journal was replaced; the sink gets it from its oldest record'],
  cursor_unreadable: ['error', 'sink cursor cannot be read; the sink gets the journal from its oldest record'],
  cursor_unwritable: ['error', 'sink cursor cannot be written; records will be sent again after a restart'],
};
