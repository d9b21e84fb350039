/**
 * Waits so long for a promise that never rejects, as a journal's, and no longer. Not a race of two promises, which would
 * cost every attempt several more.
 */
export function within<T>(promise: Promise<T>, ms: number): Promise<T | 'late'> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, 'late' as const);
    void promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
