import { formatListen } from '../../config/index.js';
import type { Command } from 'commander';
import {
  isGiven,
  settle,
  exitCodes,
  ownVersion,
  complain,
  say,
  type Settled,
  type ExitCode,
} from '../console/index.js';
import { type Instance, startInstance } from './instance.js';
import { type Log, openLog } from '../log/index.js';
import { NotStarted } from './parts.js';
import { type Watch, watchProcess } from './signals.js';
import { type Started, startJson, startText } from './start-text.js';
import { unsafeFlags } from './unsafe-flags.js';

/** How long what the end leaves behind (a log transport's connection, say) may still keep the process. */
const LEAVE_WITHIN_MS = 2_000;

/** Runs the proxy until it is told to stop, and answers how it ended. */
export async function run(command: Command): Promise<ExitCode> {
  const unsafe = unsafeFlags(process.execArgv, process.env['NODE_OPTIONS'] ?? '');
  if (unsafe.length > 0) return complain(exitCodes.unsafe, 'Node was started with flags that are not safe', ...unsafe);
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  // Whatever is written from here on (journal, socket) is for this account only.
  process.umask(0o077);
  const log = await openLog({ ...settled.config.log, folder: settled.folder });
  if (log.kind === 'transport_problem') {
    return complain(exitCodes.config, `log.transports: ${log.use} cannot be used`, log.detail);
  }
  const watch = watchProcess(log);
  try {
    return await runUntilTheEnd(settled, log, watch, isGiven(command, 'json'));
  } catch (thrown) {
    if (thrown instanceof NotStarted) return complain(thrown.code, thrown.message, ...thrown.more);
    throw thrown;
  } finally {
    await log.close();
    watch.close();
    setTimeout(() => process.exit(), LEAVE_WITHIN_MS).unref();
  }
}

async function runUntilTheEnd({ config, folder }: Settled, log: Log, watch: Watch, json: boolean): Promise<ExitCode> {
  const instance = await startInstance(config, log, folder);
  void instance.journal.failed.then(({ detail }) => {
    log.error('the journal failed: nothing gets out any more, tidegate ends', { detail });
    watch.end({ kind: 'journal_failed', detail });
  });
  watch.onReread(instance.reread);
  const started = startedOf(instance);
  say(json ? startJson(started) : startText(started));
  log.info('started', { listeners: instance.proxy.listeners.map(formatListen), revision: started.policy.revision });
  const ending = await watch.ending;
  if (ending.kind === 'signal') await instance.stop(ending.name, config.drainMs);
  else await instance.stop(ending.kind, 0);
  const state = instance.journal.state();
  log.info('stopped', { cause: ending.kind === 'signal' ? ending.name : ending.kind });
  return ending.kind === 'signal' && state.kind !== 'failed' ? exitCodes.ok : exitCodes.failed;
}

function startedOf({ config, proxy, repository, users }: Instance): Started {
  return {
    version: ownVersion(),
    config,
    listeners: proxy.listeners,
    policy: repository.current(),
    users: users === 'off' ? 'off' : users.status().users,
  };
}
