import type { FinalReply, Question } from '../protocol/dns/index.js';
import { askServer, type Exchange, type ServerOutcome } from './exchange.js';
import type { DnsServer } from './server.js';

/** Why one server gave no result: `code` is its response code, the system's error or `ETIMEOUT`. */
export interface ServerFailure {
  readonly server: string;
  readonly code: string;
}

/** The reply that counts, and the place of its server in the order; or why each server gave none. */
export type AskResult =
  | { readonly kind: 'replied'; readonly reply: FinalReply; readonly place: number }
  | { readonly kind: 'failed'; readonly failures: readonly ServerFailure[] };

/** A question under way. */
export interface Asking {
  readonly result: Promise<AskResult>;
  /** Ends it now, with what is known; its sockets are closed. */
  readonly end: () => void;
}

/**
 * Asks DNS servers in their order, each question for at most `budgetMs`. The next server is asked when one has no result
 * (SERVFAIL, REFUSED, NOTIMP, a malformed message, an error of the network), or has been silent for a third of the budget. The
 * reply of the earliest server counts, so which server answers faster decides nothing: a later server's reply waits for the
 * earlier ones until the budget ends. A server that was silent for a whole budget is waited for only an eighth of the next ones,
 * until it replies again.
 */
export class DnsClient {
  readonly #silence = new Silence();

  ask(question: Question, servers: readonly DnsServer[], budgetMs: number): Asking {
    const asking = new OrderedQuestion(question, servers, budgetMs, this.#silence);
    asking.begin();
    return asking;
  }

  /** Forgets which servers were silent. */
  forget(): void {
    this.#silence.forget();
  }
}

/** Which servers were silent for a whole budget, and have not replied since. */
class Silence {
  readonly #silent = new Set<string>();
  readonly #repliedAt = new Map<string, number>();

  isSilent({ text }: DnsServer): boolean {
    return this.#silent.has(text);
  }

  replied({ text }: DnsServer): void {
    this.#silent.delete(text);
    this.#repliedAt.set(text, performance.now());
  }

  /** A question asked at `since` had no reply in its whole budget. */
  noReply({ text }: DnsServer, since: number): void {
    if ((this.#repliedAt.get(text) ?? 0) < since) this.#silent.add(text);
  }

  forget(): void {
    this.#silent.clear();
    this.#repliedAt.clear();
  }
}

type State = { readonly kind: 'not_asked' } | { readonly kind: 'asked'; readonly exchange: Exchange } | ServerOutcome;

/** One question to the servers in their order. */
class OrderedQuestion implements Asking {
  readonly result: Promise<AskResult>;
  readonly #question: Question;
  readonly #servers: readonly DnsServer[];
  readonly #silence: Silence;
  readonly #budgetMs: number;
  readonly #states: State[];
  readonly #since = performance.now();
  #resolve: (result: AskResult) => void = () => undefined;
  #deadline: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #graceOver = false;
  #over = false;

  constructor(question: Question, servers: readonly DnsServer[], budgetMs: number, silence: Silence) {
    this.#question = question;
    this.#servers = servers;
    this.#silence = silence;
    this.#budgetMs = budgetMs;
    this.#states = servers.map(() => ({ kind: 'not_asked' }));
    this.result = new Promise((resolve) => (this.#resolve = resolve));
  }

  begin(): void {
    if (this.#servers.length === 0) {
      this.end();
      return;
    }
    this.#deadline = setTimeout(this.#onDeadline, this.#budgetMs);
    this.#grace = setTimeout(this.#onGraceOver, this.#budgetMs / 8);
    this.#askNext();
  }

  readonly end = (): void => {
    if (this.#over) return;
    this.#over = true;
    for (const timer of [this.#deadline, this.#patience, this.#grace]) clearTimeout(timer);
    for (const state of this.#states) if (state.kind === 'asked') state.exchange.close();
    const place = this.#states.findIndex(isFinal);
    const reply = this.#states[place];
    if (reply !== undefined && isFinal(reply)) this.#resolve({ kind: 'replied', reply, place });
    else this.#resolve({ kind: 'failed', failures: this.#failures() });
  };

  readonly #onDeadline = (): void => {
    for (const [place, server] of this.#servers.entries()) {
      if (this.#states[place]?.kind === 'asked') this.#silence.noReply(server, this.#since);
    }
    this.end();
  };

  readonly #onGraceOver = (): void => {
    this.#graceOver = true;
    if (this.#isDecided()) this.end();
  };

  /** Asks the next server; once there is none to ask, sends again to those that are silent. */
  readonly #askNext = (): void => {
    clearTimeout(this.#patience);
    const third = this.#budgetMs / 3;
    // In the last third there is no time left for a reply to another one.
    if (performance.now() - this.#since < 1.9 * third) this.#patience = setTimeout(this.#askNext, third);
    const place = this.#states.some(isFinal) ? -1 : this.#states.findIndex(({ kind }) => kind === 'not_asked');
    const server = this.#servers[place];
    if (server === undefined) {
      for (const state of this.#states) if (state.kind === 'asked') state.exchange.sendAgain();
      return;
    }
    const exchange = askServer(server, this.#question, (outcome) => this.#onOutcome(place, server, outcome));
    this.#states[place] = { kind: 'asked', exchange };
    if (this.#silence.isSilent(server) && place + 1 < this.#servers.length) this.#askNext();
  };

  #onOutcome(place: number, server: DnsServer, outcome: ServerOutcome): void {
    if (this.#over) return;
    this.#states[place] = outcome;
    if (outcome.kind !== 'unreachable') this.#silence.replied(server);
    if (this.#isDecided() || !this.#canStillReply()) this.end();
    else if (!isFinal(outcome) && this.#states[place + 1]?.kind === 'not_asked') this.#askNext();
  }

  /** Whether no reply that may still come would count: the earliest one is there, and no server before it is waited for. */
  #isDecided(): boolean {
    for (const [place, server] of this.#servers.entries()) {
      const state = this.#states[place];
      if (state === undefined || state.kind === 'not_asked') return false;
      if (isFinal(state)) return true;
      if (state.kind === 'asked' && !(this.#graceOver && this.#silence.isSilent(server))) return false;
    }
    return false;
  }

  #canStillReply(): boolean {
    return this.#states.some(({ kind }) => kind === 'asked' || kind === 'not_asked');
  }

  #failures(): readonly ServerFailure[] {
    return this.#states.flatMap((state, place): readonly ServerFailure[] => {
      const server = this.#servers[place]?.text ?? '';
      if (state.kind === 'rejected' || state.kind === 'unreachable') return [{ server, code: state.code }];
      return state.kind === 'asked' ? [{ server, code: 'ETIMEOUT' }] : [];
    });
  }
}

function isFinal(state: State): state is FinalReply {
  switch (state.kind) {
    case 'addresses':
    case 'no_data':
    case 'no_such_name':
    case 'too_many_aliases':
      return true;
    case 'not_asked':
    case 'asked':
    case 'rejected':
    case 'unreachable':
      return false;
  }
}
