/** What became of bytes that were handed to another system. */
export type Delivery =
  | { readonly kind: 'accepted' }
  /** Not taken now: no way there, no answer, an error of its own. The same bytes may be taken later. */
  | { readonly kind: 'unavailable'; readonly detail: string; readonly retryAfterMs: number | 'unsaid' }
  /** The receiver says that it will never take these bytes. */
  | { readonly kind: 'refused'; readonly detail: string };

/** Gives the answer for something that went wrong on the way. */
export function unavailable(detail: string, retryAfterMs: number | 'unsaid' = 'unsaid'): Delivery {
  return { kind: 'unavailable', detail, retryAfterMs };
}

/** Gives an error's own words, with the system's code where they lack it. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A dial to several addresses at once fails with all of their errors and no words.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(errorMessage).join(', ');
  return error.message;
}

const SHOWN = 200;

/** Makes words that another system sent fit for a log line: printable ASCII, not long, without a secret. */
export function printableExcerpt(text: string, secret: string): string {
  const masked = secret === '' ? text : text.replaceAll(secret, '***');
  return masked
    .replaceAll(/[^ -~]+/g, ' ')
    .trim()
    .slice(0, SHOWN);
}
