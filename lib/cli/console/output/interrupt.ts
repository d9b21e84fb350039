/** How work ended: by itself, by SIGINT or SIGTERM, or because the reader of standard output has gone away. */
export type Ending = 'done' | 'signal' | 'output_closed';

/** Does work that ends early when the signal aborts. */
export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<Ending> {
  const stop = new AbortController();
  let ending: Ending = 'done';
  const stopBy = (cause: Ending) => (): void => {
    ending = cause;
    stop.abort();
  };
  const [onSignal, onClosed] = [stopBy('signal'), stopBy('output_closed')];
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  process.stdout.once('error', onClosed);
  try {
    await work(stop.signal);
    return ending;
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    process.stdout.off('error', onClosed);
  }
}
