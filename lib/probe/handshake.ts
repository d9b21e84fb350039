import type { Socket } from 'node:net';
import { OneShot } from '../proxy/socket/index.js';
import { errorCode, errorMessage } from '../system/index.js';

/**
 * Why a probe showed nothing. `not_this_protocol`: what answered speaks another one. `not_offered`: the server has no key
 * of the kind that was asked for. `unproven`: it showed something, and did not prove that it holds the key.
 */
type Why = 'no_answer' | 'closed' | 'not_this_protocol' | 'not_offered' | 'unproven' | 'refused' | 'not_possible';

/** A probe that proved nothing. `detail` says so in words: printable ASCII, at most 300 characters. */
export interface ProbeFailed {
  readonly kind: 'failed';
  readonly why: Why;
  readonly detail: string;
}

/** A failed probe. What a stranger may have written into `detail` is cut, and its odd characters become `?`. */
export function failed(why: Why, detail: string): ProbeFailed {
  return { kind: 'failed', why, detail: detail.slice(0, 300).replaceAll(/[^ -~]/g, '?') };
}

/** A handshake under way: how it reports its answer, and when it is over. */
export interface HandshakeControl<T> {
  /** Ends the handshake with an answer. Only the first counts. */
  readonly settle: (answer: T | ProbeFailed) => void;
  /** Keeps an answer that holds whatever happens to the rest of the handshake. */
  readonly keep: (answer: T) => void;
  /** Ends the handshake: with the kept answer, or with this failure. */
  readonly giveUp: (failure: ProbeFailed) => void;
  /** Fires once there is an answer, before the socket is closed. */
  readonly over: OneShot;
}

/** How long a polite end may take before the socket is destroyed. */
const LINGER_MS = 500;

/**
 * Runs one handshake over a connected socket until it has an answer, the peer has gone or `budgetMs` have passed. The
 * socket is closed in every case, half a second after the answer at the latest. Never throws, and never rejects.
 */
export function handshake<T>(
  socket: Socket,
  budgetMs: number,
  begin: (control: HandshakeControl<T>) => void,
): Promise<T | ProbeFailed> {
  return new Promise((resolve) => {
    const over = new OneShot();
    let kept: T | 'none' = 'none';
    const settle = (answer: T | ProbeFailed): void => {
      if (over.fired) return;
      clearTimeout(deadline);
      attempt(() => over.fire());
      end(socket);
      resolve(answer);
    };
    const giveUp = (failure: ProbeFailed): void => settle(kept === 'none' ? failure : kept);
    const deadline = setTimeout(() => giveUp(failed('no_answer', `no answer in ${Math.round(budgetMs)} ms`)), budgetMs);
    socket.on('error', (error) => giveUp(failed('closed', closedBy(error))));
    // What the peer sent before it went is read, and heard of, before this.
    const gone = (): void => void setImmediate(() => giveUp(failed('closed', 'the connection was closed')));
    socket.once('end', gone).once('close', gone);
    if (socket.destroyed) {
      gone();
      return;
    }
    const begun = attempt(() => begin({ settle, keep: (answer) => (kept = answer), giveUp, over }));
    if (begun.kind === 'failed') settle(begun);
  });
}

/** Carries out one step of a handshake. What it throws is a failure. */
function attempt(step: () => void): { readonly kind: 'done' } | ProbeFailed {
  try {
    step();
    return { kind: 'done' };
  } catch (error) {
    return failed('not_possible', errorMessage(error));
  }
}

/** Lets what is written leave, then closes; a peer that does not read cannot hold this up. */
function end(socket: Socket): void {
  const late = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(late));
  if (socket.destroyed) clearTimeout(late);
  socket.destroySoon();
}

/** Says why a connection went. */
export function closedBy(error: Error): string {
  const code = errorCode(error);
  return code === 'ECONNRESET' || code === 'EPIPE'
    ? 'the connection was closed'
    : `the connection failed: ${error.message}`;
}
