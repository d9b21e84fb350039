/** The operating system's or Node's code of an error, such as `ENOSPC`; `'none'` if it has no code. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'none';
}

/** The message of an error. Whatever else was thrown is shown as text. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A dial to several addresses fails with all of their errors and an empty message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(errorMessage).join(', ');
  return error.message;
}

/** The shortest text that says why: the code where there is one, otherwise the message. */
export function errorReason(error: unknown): string {
  const code = errorCode(error);
  return code === 'none' ? errorMessage(error) : code;
}

/** Waits for a call of the system: gives its value, or `'absent'` if there is nothing at its path. */
export async function unlessAbsent<T>(call: Promise<T>): Promise<T | 'absent'> {
  try {
    return await call;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'absent';
    throw error;
  }
}
