import { hostname } from 'node:os';
import { join } from 'node:path';
import { type About, render } from '../../audit/formats/index.js';
import type { SecretSource, SinkConfig } from '../../config/index.js';
import {
  ordinaryTrust,
  readTrust,
  type Secret,
  secretInFile,
  type SinkEvent,
  type SinkParts,
  type Sinks,
  type SinkSetting,
  startSinks,
} from '../../outbox/index.js';
import type { Journal } from '../../journal/index.js';
import { type LoadedTransport, loadTransport } from '../../outbox/receivers/index.js';
import { errorMessage } from '../../system/index.js';
import { exitCodes, ownVersion } from '../console/index.js';
import type { Log } from '../log/index.js';
import { NotStarted, type Surroundings } from './parts.js';

/** Begins to feed the sinks from the journal. Throws {@link NotStarted} when one is set up in a way that cannot work. */
export async function sinksPart({ config, log, folder }: Surroundings, journal: Journal): Promise<Sinks> {
  const about = { version: ownVersion(), host: hostname() };
  const settings: SinkSetting[] = [];
  for (const sink of config.sinks)
    settings.push({ ...sink, parts: await partsOf(sink, folder, about), render: rendererOf(sink, about) });
  return startSinks({
    source: { directory: config.journal.folder, durable: () => journal.state().seq },
    cursors: join(config.state, 'sinks'),
    settings,
    tell: (sink, event) => tell(log, sink, event),
  });
}

function rendererOf({ format }: SinkConfig, about: About): SinkSetting['render'] {
  return ({ seq, time, boot, kind, content }, hash) => render(format, { seq, time, boot, kind, content, hash }, about);
}

async function partsOf(sink: SinkConfig, folder: string, from: About): Promise<SinkParts> {
  const secret = secretOf(sink.secret.source);
  // What cannot be had now will hardly be there later.
  if (secret !== 'none') await secret().catch((error: unknown) => refuse(sink, errorMessage(error)));
  const trust = sink.tls === 'plain' ? sink.tls : await readTrust(sink.tls);
  if (trust !== 'plain' && trust.kind === 'problem') return refuse(sink, trust.detail);
  return {
    from,
    timeoutMs: sink.timeoutMs,
    trust: sink.target.use === 'syslog' || trust !== 'plain' ? trust : ordinaryTrust,
    headers: sink.headers,
    secret: secret === 'none' ? 'none' : { ...sink.secret, secret },
    loadTransport: await transportLoader(sink, folder),
  };
}

/** Makes a secret of where it is kept. */
export function secretOf(source: SecretSource): Secret | 'none' {
  if (source === 'none') return source;
  if (source.kind === 'file') return secretInFile(source.path);
  return () => {
    const value = process.env[source.name] ?? '';
    if (/^[!-~]+$/.test(value)) return Promise.resolve(value);
    return Promise.reject(new Error(`the variable ${source.name} is not set to printable ASCII`));
  };
}

/** Loads a transport once, to see that it can be, and gives that one first. */
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
  throw new NotStarted(exitCodes.config, `the sink ${name} cannot be used`, [detail]);
}

function tell(log: Log, sink: string, { kind, ...fields }: SinkEvent): void {
  const [level, event] = words[kind];
  log[level](event, { sink, ...fields });
}

const words = {
  failing: ['warn', 'a sink fails: records wait in the journal'],
  works_again: ['info', 'a sink works again'],
  gap: ['error', 'records were removed from the journal before a sink had them'],
  refused: ['error', 'a sink refuses a record, and the records after it wait'],
  skipped: ['error', 'a sink refuses a record: it was left out'],
  journal_replaced: ['error', 'the journal is not the one that a sink was fed from: it is sent from its oldest record'],
  cursor_unreadable: ['error', 'the cursor of a sink cannot be read: the journal is sent from its oldest record'],
  cursor_unwritable: ['error', 'the cursor of a sink cannot be written: records will be sent again after a start'],
} as const satisfies Record<SinkEvent['kind'], readonly ['info' | 'warn' | 'error', string]>;
