import type { Entry, Journal, NotWritten, Receipt } from '../../journal/index.js';
import type { RecordingTrouble } from './recording-trouble.js';

/** How often ends that found no room are tried again. */
const RETRY_MS = 1_000;
/** How many are tried at once, after the first one was written. */
const AT_ONCE = 100;
/** More than as many attempts as are open at once: on a full disk no new one begins. */
const MOST_KEPT = 50_000;
const MOST_BYTES = 64 * 1024 * 1024;

/** What keeps ends needs of the journal and of the log. */
interface Recording {
  readonly journal: Pick<Journal, 'append'>;
  readonly trouble: RecordingTrouble;
}

interface KeptEnd {
  readonly entry: Entry;
  readonly bytes: number;
}

/**
 * The attempts whose decision is on disk and whose end is not. An end that finds no room on the disk is kept here, and
 * written when there is room again: who it was that got out must not stay without its end.
 */
export class OpenAttempts {
  readonly #recording: Recording;
  #count = 0;
  #kept: KeptEnd[] = [];
  #keptBytes = 0;
  #unkept = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | 'none' = 'none';

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** How many attempts are open by what is on disk. */
  get count(): number {
    return this.#count;
  }

  /** How many of them have ended, and their ends found no room on the disk yet. */
  get waiting(): number {
    return this.#kept.length + this.#unkept;
  }

  /** Counts an attempt whose decision is on disk. */
  opened(): void {
    this.#count += 1;
  }

  /** Writes the end of an attempt that was counted, or keeps it until there is room. */
  async end(entry: Entry): Promise<Receipt | NotWritten> {
    const written = await this.#append(entry);
    if (written.kind === 'not_written') {
      this.#recording.trouble.lost(written, 'end');
      if (written.reason === 'full') this.#keep(entry);
    }
    return written;
  }

  /** Tries once to write what is kept; a stop has no other time. */
  async flush(): Promise<void> {
    if (this.#writing === 'none') this.#writing = this.#writeKept().finally(() => (this.#writing = 'none'));
    await this.#writing;
    if (this.#kept.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Stops trying. */
  stop(): void {
    clearInterval(this.#timer);
  }

  async #append(entry: Entry): Promise<Receipt | NotWritten> {
    const written = await this.#recording.journal.append({ ...entry, reserve: 'all' });
    if (written.kind === 'receipt') this.#count -= 1;
    return written;
  }

  /** INVARIANT: what does not fit any more is not lost: it stays counted, and the next start records that it ended. */
  #keep(entry: Entry): void {
    const bytes = JSON.stringify(entry.content).length;
    if (this.#kept.length >= MOST_KEPT || this.#keptBytes + bytes > MOST_BYTES) {
      this.#unkept += 1;
      return;
    }
    this.#kept.push({ entry, bytes });
    this.#keptBytes += bytes;
    this.#timer ??= setInterval(() => void this.flush(), RETRY_MS).unref();
  }

  async #writeKept(): Promise<void> {
    for (let size = 1; this.#kept.length > 0; size = AT_ONCE) {
      const some = this.#kept.splice(0, size);
      const answers = await Promise.all(some.map(({ entry }) => this.#append(entry)));
      const left = some.filter((_, index) => isFull(answers[index]));
      this.#kept = [...left, ...this.#kept];
      for (const end of some) if (!left.includes(end)) this.#keptBytes -= end.bytes;
      if (left.length > 0) return;
    }
  }
}

/** Only a full disk is worth another try: a failed one ends the process. */
function isFull(answer: Receipt | NotWritten | undefined): boolean {
  return answer?.kind === 'not_written' && answer.reason === 'full';
}
