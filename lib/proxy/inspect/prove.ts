import type { Shown } from '../../attempt/index.js';
import type { ProbeFailed } from '../../probe/index.js';

/** Where a proof comes from: an own handshake or the memory of one, and how to have it asked anew. */
interface Source<T> {
  readonly ask: () => Promise<{ readonly identity: T } | ProbeFailed>;
  readonly forget: () => void;
  readonly isSame: (one: T, other: T) => boolean;
}

/**
 * Joins what the wire showed with what an own handshake proved. Where the wire showed something, only a proof of the same
 * counts; what remains unproven says why.
 */
export async function settle<T>(shown: Shown<T>, { ask, forget, isSame }: Source<T>): Promise<Shown<T>> {
  if (shown.kind !== 'hidden' && shown.kind !== 'claimed') return shown;
  let answer = await ask();
  if (shown.kind === 'hidden') {
    return 'identity' in answer ? { kind: 'probed', identity: answer.identity } : withProbe(shown, answer.detail);
  }
  const { identity } = shown;
  if ('identity' in answer && !isSame(answer.identity, identity)) {
    // What is remembered may be old: the server of this tunnel shows another identity, so it is asked again.
    forget();
    answer = await ask();
  }
  if (!('identity' in answer)) return withProbe(shown, answer.detail);
  // INVARIANT: what is proven is what this tunnel showed, or it would pass on the word of another server.
  if (isSame(answer.identity, identity)) return { kind: 'probed', identity };
  return withProbe(shown, 'the same address showed another identity');
}

function withProbe<T>(shown: Extract<Shown<T>, { kind: 'hidden' | 'claimed' }>, why: string): Shown<T> {
  return { ...shown, probe: { failed: why } };
}
