import { constants } from 'node:os';
import type { Log } from '../log/index.js';
import type { StartTerminal } from './terminal.js';

/** What ends a running instance. */
type Ending = NodeJS.Signals | 'journal_failed' | 'bug';

/** Watches over the process for what may end it. */
export interface ProcessWatch {
  /** Settles with the first cause, also if it came during the start. */
  readonly ending: Promise<Ending>;
  /** Ends the instance because of something that the caller noticed. */
  readonly end: (ending: Ending) => void;
  /** Sets what SIGHUP does from now on. */
  readonly onReread: (reread: () => Promise<void>) => void;
  /** Removes all listeners. */
  readonly close: () => void;
}

/** How long a stop may take after an unexpected error. */
const STOP_WITHIN_MS = 5_000;
const windows = process.platform === 'win32';
// A closed console window is the only SIGHUP of Windows, and the end comes soon after it.
const stopSignals: readonly NodeJS.Signals[] = windows ? ['SIGINT', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];

/**
 * Watches the process: the first SIGTERM or SIGINT stops the instance, the second ends the process; SIGHUP reads policies,
 * users and DNS servers again, and stops the instance where it comes of its terminal being closed; an uncaught error is logged and
 * stops the instance, and `abort` is called if that takes too long.
 */
export function watchProcess(log: Log, terminal: StartTerminal, abort: () => void): ProcessWatch {
  let reread = (): Promise<void> => Promise.resolve();
  let interrupts = 0;
  let terminations = 0;
  let settle: (ending: Ending) => void = () => undefined;
  const ending = new Promise<Ending>((resolve) => (settle = resolve));

  const stop = (name: NodeJS.Signals): void => {
    const before = requests();
    if (name === 'SIGINT') interrupts += 1;
    else terminations += 1;
    if (requests() === before) return;
    if (before > 0) process.exit(128 + constants.signals[name]);
    log.info('stopping; a second signal ends the process at once', { signal: name });
    settle(name);
  };
  const requests = (): number => Math.ceil(interrupts / terminal.interrupts) + terminations;
  const hangUp = (): void => {
    if (terminal.isGone()) {
      // Not counted: a shell may send it again, and a log-out sends SIGTERM after it. Neither asks for an end at once.
      log.info('stopping, as the terminal was closed', { signal: 'SIGHUP' });
      settle('SIGHUP');
      return;
    }
    log.info('reading policies, users and DNS servers again', { signal: 'SIGHUP' });
    void reread();
  };
  // Without a listener, Node opens its debugger on this signal, to everyone on this machine.
  const refuseDebugger = (): void => log.warn('signal ignored; the debugger stays closed', { signal: 'SIGUSR1' });
  const uncaught = (thrown: unknown): void => {
    const fields = thrown instanceof Error ? { error: thrown.message, stack: thrown.stack } : { error: String(thrown) };
    log.error('unexpected error, shutting down', fields);
    setTimeout(abort, STOP_WITHIN_MS).unref();
    settle('bug');
  };

  const listeners: readonly (readonly [string, (thrown: unknown) => void])[] = [
    ...stopSignals.map((name) => [name, () => stop(name)] as const),
    ...(windows ? [] : [['SIGHUP', hangUp] as const, ['SIGUSR1', refuseDebugger] as const]),
    ['uncaughtException', uncaught],
    ['unhandledRejection', uncaught],
  ];
  const emitter: NodeJS.EventEmitter = process;
  for (const [event, listener] of listeners) emitter.on(event, listener);
  return {
    ending,
    end: settle,
    onReread: (given) => {
      reread = given;
    },
    close: () => {
      for (const [event, listener] of listeners) emitter.off(event, listener);
    },
  };
}
