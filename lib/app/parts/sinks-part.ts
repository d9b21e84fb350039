import { hostname } from 'node:os';
import { join } from 'node:path';
import { type About, render } from '../../audit/formats/index.js';
import type { SinkConfig } from '../../config/index.js';
import type { Journal } from '../../journal/index.js';
import { type SinkEvent, type SinkParts, type Sinks, type SinkSetting, startSinks } from '../../outbox/index.js';
import { type LoadedTransport, loadTransport } from '../../outbox/receivers/index.js';
import { errorMessage } from '../../system/index.js';
import { type AppContext, StartError } from '../context/index.js';
import { ownVersion } from '../product/index.js';
import { openReceiver } from './receiver.js';

/** Starts to feed the sinks from the journal. Throws a {@link StartError}. */
export async function sinksPart(context: AppContext, journal: Journal): Promise<Sinks> {
  const { config, log } = context;
  const about = { version: ownVersion(), host: hostname() };
  const settings: SinkSetting[] = [];
  for (const sink of config.sinks)
    settings.push({ ...sink, parts: await partsOf(sink, context, about), render: rendererOf(sink, about) });
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

function rendererOf({ format }: SinkConfig, about: About): SinkSetting['render'] {
  return ({ seq, time, boot, kind, content }, hash) => render(format, { seq, time, boot, kind, content, hash }, about);
}

async function partsOf(sink: SinkConfig, { folder, env }: AppContext, from: About): Promise<SinkParts> {
  const access = await openReceiver(sink, env);
  if (access.kind === 'problem') return refuse(sink, access.detail);
  const { trust, secret } = access;
  return {
    from,
    timeoutMs: sink.timeoutMs,
    trust,
    headers: sink.headers,
    secret,
    loadTransport: await transportLoader(sink, folder),
  };
}

/** Loads a transport once, to find out whether it works, and gives that one first. */
async function transportLoader(sink: SinkConfig, folder: string): Promise<SinkParts['loadTransport']> {
  const { target } = sink;
  if (target.use !== 'winston') return () => Promise.reject(new Error('not a transport'));
  const load = async (): Promise<LoadedTransport['transport']> => {
    const loaded = await loadTransport(target.transport, target.options, folder);
    if (loaded.kind === 'transport') return loaded.transport;
    throw new Error(loaded.detail);
  };
  const first: LoadedTransport['transport'][] = [
    await load().catch((error: unknown) => refuse(sink, errorMessage(error))),
  ];
  return async () => first.pop() ?? load();
}

function refuse({ name }: SinkConfig, detail: string): never {
  throw new StartError('sink_unusable', `invalid sink "${name}"`, [detail]);
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
