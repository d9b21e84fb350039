import { hostname } from 'node:os';
import { join } from 'node:path';
import { render } from '../../audit/formats/index.js';
import type { SinkConfig } from '../../config/index.js';
import type { Journal } from '../../journal/index.js';
import {
  openReceiver,
  type SinkEvent,
  type Sinks,
  type SinkSetting,
  startSinks,
  transportLoader,
} from '../../outbox/index.js';
import { type AppContext, StartError } from '../context/index.js';
import { ownVersion } from '../product/index.js';

/** Starts to feed the sinks from the journal. Throws a {@link StartError}. */
export async function sinksPart(context: AppContext, journal: Journal): Promise<Sinks> {
  const { config, log } = context;
  const settings: SinkSetting[] = [];
  for (const sink of config.sinks) settings.push(await settingOf(sink, context));
  return startSinks({
    source: { directory: config['journal.folder'], durable: () => journal.state().seq },
    cursors: join(config.state, 'sinks'),
    settings,
    onEvent: (sink, { kind, ...fields }) => {
      const [level, message] = messages[kind];
      log[level](message, { sink, ...fields });
    },
  });
}

async function settingOf(sink: SinkConfig, { folder, env }: AppContext): Promise<SinkSetting> {
  const { name, format, target } = sink;
  const from = { version: ownVersion(), host: hostname() };
  const opened = await openReceiver(sink, from, env);
  if (opened.kind === 'problem') throw new StartError('sink_unusable', `invalid sink "${name}"`, [opened.detail]);
  const loadTransport = await transportLoader(target, folder);
  if (typeof loadTransport !== 'function')
    throw new StartError('sink_unusable', `invalid sink "${name}"`, [loadTransport.detail]);
  return {
    ...sink,
    parts: { ...opened.parts, loadTransport },
    render: ({ seq, time, boot, kind, content }, hash) =>
      render(format, { seq, time, boot, kind, content, hash }, from),
  };
}

const messages = {
  failing: ['warn', 'sink does not accept records; they wait in the journal'],
  works_again: ['info', 'sink accepts records again'],
  gap: ['error', 'records were removed from the journal before the sink had them'],
  refused: ['error', 'sink rejects a record, which blocks later records'],
  skipped: ['error', 'sink rejects a record, which was skipped'],
  journal_replaced: ['error', 'journal was replaced; the sink gets it from its oldest record'],
  cursor_unreadable: ['error', 'sink cursor cannot be read; the sink gets the journal from its oldest record'],
  cursor_unwritable: ['error', 'sink cursor cannot be written; records will be sent again after a restart'],
} as const satisfies Record<SinkEvent['kind'], readonly ['info' | 'warn' | 'error', string]>;
