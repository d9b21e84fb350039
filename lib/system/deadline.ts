import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for `work` for at most `ms`: gives its value, or `late` instead. Rejects as the work does; a rejection that comes
 * later is swallowed. The work itself continues. Not a race of two promises, which would cost several more.
 */
export function within<T, const L>(work: Promise<T>, ms: number, late: L): Promise<T | L> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, late);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      () => {
        clearTimeout(timer);
        resolve(work);
      },
    );
  });
}

/** Waits for `work` until the signal: gives its value, or `aborted` instead. Otherwise as {@link within}. */
export function untilAborted<T, const A>(work: Promise<T>, signal: AbortSignal, aborted: A): Promise<T | A> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => resolve(aborted);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const forget = (): void => signal.removeEventListener('abort', onAbort);
    work.then(resolve, reject).finally(forget);
  });
}

/** Waits for `ms`, or until the signal. Never rejects. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
