/** How far something has come, shown on one line that is overwritten. */
interface Progress {
  /** `part` is from 0 to 1; `text` is shown after the bar. */
  readonly at: (part: number, text: string) => void;
  /** Removes the line; the next `at` shows it again. */
  readonly end: () => void;
}

const EVERY_MS = 100;
const WIDTH = 30;

/** Shows progress on a terminal, ten times a second at most; elsewhere nothing is shown. */
export function createProgress(stream: NodeJS.WriteStream, now = (): number => performance.now()): Progress {
  if (!stream.isTTY) return { at: () => undefined, end: () => undefined };
  let shownAt = -Infinity;
  let shown = false;
  return {
    at: (part, text) => {
      if (now() - shownAt < EVERY_MS) return;
      shownAt = now();
      shown = true;
      const full = Math.round(Math.min(1, part) * WIDTH);
      const bar = `${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}`;
      stream.write(`\r[${bar}] ${String(Math.floor(part * 100)).padStart(3)} % ${text}`);
    },
    end: () => {
      if (shown) stream.write('\r\u001b[K');
      shown = false;
    },
  };
}
