import { formatListen } from '../../config/index.js';
import { createHostLookup } from '../../outbox/index.js';
import { type AppContext, StartError } from '../context/index.js';
import { type Log, openLog } from '../log/index.js';
import type { Style } from '../terminal/index.js';
import { type Instance, startInstance } from './instance.js';
import { type ProcessWatch, watchProcess } from './signals.js';
import { startTerminal } from './terminal.js';

/** What is run, and what its face does. */
interface RunOptions extends Pick<AppContext, 'config' | 'folder' | 'env' | 'openFiles'> {
  /** How the log may look on standard error. */
  readonly style: Style;
  readonly onStarted: (instance: Instance) => void;
  /** Ends the process at once; called when a stop after an unexpected error does not end in time. */
  readonly abort: () => void;
}

/** How an instance ended: by a signal, by a failure, or before it had started. */
export type RunOutcome = { readonly kind: 'stopped' } | { readonly kind: 'failed' } | StartError;

/** Runs the proxy until a signal or a failure ends it. */
export async function runInstance(options: RunOptions): Promise<RunOutcome> {
  const { config, folder, env, openFiles, style, onStarted, abort } = options;
  // Files and sockets made from here on are for this account only.
  process.umask(0o077);
  const { 'log.level': level, 'log.format': format, 'log.transports': transports } = config;
  const lookup = createHostLookup({ servers: config['dns.servers'], hosts: config.hosts }, config['dns.timeout']);
  const log = await openLog({ level, format, transports, folder, lookup, style });
  if (log.kind === 'transport_problem') {
    const message = `invalid log.transports: cannot load "${log.use}"`;
    return new StartError('log_transport_unusable', message, [log.detail]);
  }
  const terminal = startTerminal(env);
  const watch = watchProcess(log, terminal, abort);
  try {
    const instance = await startInstance({ config, log, folder, env, lookup, openFiles });
    onStarted(instance);
    return await untilTheEnd(instance, log, watch);
  } catch (thrown) {
    if (thrown instanceof StartError) return thrown;
    throw thrown;
  } finally {
    await log.close();
    watch.close();
    terminal.release();
  }
}

async function untilTheEnd(instance: Instance, log: Log, watch: ProcessWatch): Promise<RunOutcome> {
  const { journal, proxy, repository, config } = instance;
  void journal.failed.then(({ detail }) => {
    log.error('journal failed; all traffic is refused, shutting down', { detail });
    watch.end('journal_failed');
  });
  watch.onReread(instance.reread);
  log.info('started', { listeners: proxy.listeners.map(formatListen), revision: repository.current().revision });
  const cause = await watch.ending;
  const isSignal = cause !== 'journal_failed' && cause !== 'bug';
  await instance.stop(cause, isSignal ? config['shutdown.drain'] : 0);
  log.info('stopped', { cause });
  return { kind: isSignal && journal.state().kind !== 'failed' ? 'stopped' : 'failed' };
}
