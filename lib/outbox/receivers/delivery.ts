/** What became of bytes that were handed to another system. */
export type Delivery =
  | { readonly kind: 'accepted' }
  /** Not taken now: no way there, no answer, an error at its end. The same bytes may be taken later. */
  | { readonly kind: 'unavailable'; readonly detail: string; readonly retryAfterMs: number | 'unsaid' }
  /** The receiver says that it will never take these bytes. */
  | { readonly kind: 'refused'; readonly detail: string };

/** Makes the result of a delivery that failed on the way. */
export function unavailable(detail: string, retryAfterMs: number | 'unsaid' = 'unsaid'): Delivery {
  return { kind: 'unavailable', detail, retryAfterMs };
}

const MAX_SHOWN = 200;

/** Makes text that another system sent fit for a log line: printable ASCII, short, without a secret. */
export function printableExcerpt(text: string, secret: string): string {
  const masked = secret === '' ? text : text.replaceAll(secret, '***');
  return masked
    .replaceAll(/[^ -~]+/g, ' ')
    .trim()
    .slice(0, MAX_SHOWN);
}
