import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { isatty } from 'node:tty';

const STANDARD = [0, 1, 2] as const;

/** The terminal that a process was started in, as far as its standard descriptors lead to one. */
export interface StartTerminal {
  /** Whether there was a terminal, and all that is left of it is hung up: its window was closed, or its connection lost. */
  readonly isGone: () => boolean;
  /**
   * Puts nothing in the place of a terminal that is gone. Node aborts at its exit where it cannot give a terminal back its modes. To
   * be called last: the descriptors are free for a moment, and a file that is opened then would get the log's.
   */
  readonly release: () => void;
  /** How often one press of Ctrl+C arrives as SIGINT. */
  readonly interrupts: 1 | 2;
}

/**
 * Remembers the terminal of the start. A process without one, as a service or under `nohup`, has nothing that can be closed.
 *
 * npm passes SIGINT on to the program of a script, which a terminal has sent to both of them already.
 */
export function startTerminal(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: (descriptor: number) => boolean = isatty,
): StartTerminal {
  const attached = STANDARD.filter((each) => isTerminal(each));
  const underNpm = env['npm_lifecycle_event'] !== undefined;
  const isGone = (): boolean => attached.length > 0 && !attached.some((each) => isTerminal(each));
  return {
    isGone,
    release: () => {
      if (!isGone()) return;
      for (const descriptor of attached) {
        closeSync(descriptor);
        // The lowest that is free is the one just closed.
        openSync(devNull, 'r+');
      }
    },
    interrupts: underNpm && attached.length > 0 ? 2 : 1,
  };
}
