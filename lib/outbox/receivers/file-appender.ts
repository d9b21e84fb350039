import { type FileHandle, open } from 'node:fs/promises';
import { errorMessage, sleep, within } from '../../system/index.js';
import { type Delivery, unavailable } from './delivery.js';

/**
 * Makes a function that appends texts to a file, and settles once the text is on disk, or with why it is not. Never throws.
 * The file is opened for each text, so that one that was moved away or removed is created again. `repair` handles the rest
 * of an interrupted write at its end.
 */
export function createFileAppender(
  path: string,
  repair: (file: FileHandle) => Promise<void>,
  timeoutMs: number,
): (text: string) => Promise<Delivery> {
  let hanging = false;
  return async (text) => {
    if (hanging) return unavailable(`${path} hangs`);
    if (!(await turn(timeoutMs))) return unavailable('other files hang');
    hanging = true;
    const writing = appendTo(path, text, repair).finally(() => {
      hanging = false;
      free += 1;
    });
    return within(writing, timeoutMs, unavailable(`${path} was not written within ${timeoutMs} ms`));
  };
}

/**
 * How many more files may be written to at once. A write to a disk that hangs keeps one of Node's four threads, and the
 * journal needs one of them too: what hangs here is never more than half.
 */
let free = 2;
const POLL_MS = 20;

async function turn(timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (free === 0) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  free -= 1;
  return true;
}

async function appendTo(path: string, text: string, repair: (file: FileHandle) => Promise<void>): Promise<Delivery> {
  try {
    const file = await open(path, 'a+', 0o600);
    try {
      await repair(file);
      await file.appendFile(text);
      await file.datasync();
    } finally {
      await file.close().catch(() => undefined);
    }
    return { kind: 'accepted' };
  } catch (error) {
    return unavailable(errorMessage(error));
  }
}
