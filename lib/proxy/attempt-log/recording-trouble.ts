import type { Journal, NotWritten } from '../../journal/index.js';

/** What could not be written: the decision of an attempt, which is refused then, the end of one, or its bytes so far. */
type Lost = 'attempt' | 'end' | 'progress';

interface TroubleLog {
  readonly error: (event: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (event: string, fields?: Readonly<Record<string, unknown>>) => void;
}

/** How long nothing must have failed before the trouble counts as over: a disk may have room for one record and not the next. */
const QUIET_MS = 5_000;
const LOOK_MS = 1_000;

/**
 * Reports to the operator that records cannot be written: once when it begins, and once, with counts, when it is over. Thousands of
 * attempts may be refused meanwhile.
 */
export class RecordingTrouble {
  readonly #log: TroubleLog;
  readonly #journal: Pick<Journal, 'state'>;
  #lost: Record<Lost, number> = { attempt: 0, end: 0, progress: 0 };
  #began = 0;
  #last = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: TroubleLog, journal: Pick<Journal, 'state'>) {
    this.#log = log;
    this.#journal = journal;
  }

  /** Notes a record that could not be written. */
  lost({ detail }: Pick<NotWritten, 'detail'>, what: Lost): void {
    this.#lost[what] += 1;
    this.#last = performance.now();
    if (this.#timer !== undefined) return;
    this.#began = this.#last;
    this.#log.error('records cannot be written; new attempts are refused until they can', { detail });
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** Says what is known so far, if there is trouble, and nothing more. */
  stop(): void {
    if (this.#timer !== undefined) this.#end('records could not be written until the stop');
  }

  #look(): void {
    const quiet = performance.now() - this.#last > QUIET_MS;
    if (quiet && this.#journal.state().kind === 'writing') this.#end('records are written again');
  }

  #end(event: string): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const { attempt, end, progress } = this.#lost;
    this.#lost = { attempt: 0, end: 0, progress: 0 };
    const seconds = Math.round((performance.now() - this.#began) / 1_000);
    this.#log.warn(event, { seconds, attempts_refused: attempt, ends_late: end, progress_lost: progress });
  }
}
