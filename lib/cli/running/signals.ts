import { constants } from 'node:os';
import { exitCodes } from '../console/index.js';
import type { Log } from '../log/index.js';

/** What brings a running instance to its end. */
type Ending =
  | { readonly kind: 'signal'; readonly name: NodeJS.Signals }
  | { readonly kind: 'journal_failed'; readonly detail: string }
  | { readonly kind: 'bug' };

/** The process being watched for what may end it. */
export interface Watch {
  /** Settles with the first thing that brings the end, also if it came during the start. */
  readonly ending: Promise<Ending>;
  /** Brings the end because of something that the caller noticed. */
  readonly end: (ending: Ending) => void;
  /** What SIGHUP does from now on. */
  readonly onReread: (reread: () => Promise<void>) => void;
  /** Leaves the process as it was before. */
  readonly close: () => void;
}

/** After a bug, tidegate has this long to record its end. */
const LAST_WORDS_MS = 5_000;
// A closed console window is the only SIGHUP of Windows, and the end comes soon after it.
const stopSignals: readonly NodeJS.Signals[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGHUP'] : ['SIGINT', 'SIGTERM'];

/**
 * Watches the process: the first SIGTERM or SIGINT asks for the end, the second is the end; SIGHUP reads policies and
 * users again; anything thrown that nobody caught is a bug, told in the log, and asks for the end too.
 */
export function watchProcess(log: Log): Watch {
  let reread = (): Promise<void> => Promise.resolve();
  let asked = false;
  let settle: (ending: Ending) => void = () => undefined;
  const ending = new Promise<Ending>((resolve) => (settle = resolve));

  const stop = (name: NodeJS.Signals): void => {
    if (asked) process.exit(128 + constants.signals[name]);
    asked = true;
    log.info('stopping; a second signal ends it at once', { signal: name });
    settle({ kind: 'signal', name });
  };
  const hangUp = (): void => {
    log.info('reading policies and users again', { signal: 'SIGHUP' });
    void reread();
  };
  // Without a listener, Node opens its debugger on this signal, to everybody on this machine.
  const refuseDebugger = (): void => log.warn('ignored: no debugger is opened', { signal: 'SIGUSR1' });
  const bug = (thrown: unknown): void => {
    const told = thrown instanceof Error ? { error: thrown.message, stack: thrown.stack } : { error: String(thrown) };
    log.error('a bug was met, tidegate ends', told);
    setTimeout(() => process.exit(exitCodes.failed), LAST_WORDS_MS).unref();
    settle({ kind: 'bug' });
  };

  const listeners: readonly (readonly [string, (thrown: unknown) => void])[] = [
    ...stopSignals.map((name) => [name, () => stop(name)] as const),
    ...(process.platform === 'win32'
      ? []
      : ([
          ['SIGHUP', hangUp],
          ['SIGUSR1', refuseDebugger],
        ] as const)),
    ['uncaughtException', bug],
    ['unhandledRejection', bug],
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
