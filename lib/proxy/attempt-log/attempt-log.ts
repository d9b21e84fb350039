import { v7 as uuidv7 } from 'uuid';
import type { Attempt, Client, Observation } from '../../attempt/index.js';
import { encode, type AuditRecord, type CloseRecord, type Judged } from '../../audit/index.js';
import type { NotWritten, Receipt } from '../../journal/index.js';
import type { Clearance, Denial, Permit } from '../../policy/index.js';
import { refuseUnrecorded, type Refusal } from '../refusal/index.js';
import { recordable, recordDecision, type Opened, type Recordable, type Resolution } from '../decision/index.js';
import type { Answers, Upstream } from '../upstream/index.js';
import type { AttemptEnd, AttemptLogContext } from './context.js';
import { within } from '../../system/index.js';
import { countChecks } from './counters.js';

/** How long a refusal's record may hold the response back past its time limit: no response at all would be worse. */
const LAST_MOMENT_MS = 300;
const JOURNAL_LATE = 'the journal did not answer in time';

/**
 * The log of one attempt: what is known so far, its decision record before anything leaves, its close record at the end.
 * Each is written at most once, whatever fails in between.
 */
export class AttemptLog {
  readonly id = uuidv7();
  readonly receivedAt: Date;
  readonly #context: AttemptLogContext;
  readonly #start = performance.now();
  #client: Client;
  #claimedUserHash: string | 'none' = 'none';
  #attempt: Attempt | 'unparsed' = 'unparsed';
  #resolution: Resolution = 'not_reached';
  #upstream: Upstream | 'not_reached' = 'not_reached';
  #observation: Observation | 'not_reached' = 'not_reached';
  #wouldDeny = false;
  #note = '';
  #judged: Judged | 'not_reached' = 'not_reached';
  #stage: 'undecided' | 'opened' | 'over' = 'undecided';
  #counted = { bytesOut: 0, bytesIn: 0 };

  constructor(context: AttemptLogContext, client: Client) {
    this.#context = context;
    this.#client = client;
    this.receivedAt = context.now();
  }

  /** Milliseconds until the client must have its response (law 7). */
  get remainingMs(): number {
    return Math.max(0, this.#context.answerMs - (performance.now() - this.#start));
  }

  /** Sets the keyed hash of a user name that was claimed and not verified. */
  setClaimedUser(hash: string): void {
    this.#claimedUserHash = hash;
  }

  /** Sets the attempt, as far as it is known. */
  setAttempt(attempt: Attempt): Attempt {
    this.#client = attempt.client;
    this.#attempt = attempt;
    return attempt;
  }

  /**
   * Gives the token for a look-up if the journal takes records: if not, not even a DNS query may leave (law 4). On a full
   * disk, the record of that refusal finds out when there is space again.
   */
  recordable(): Recordable | Refusal {
    const state = recordable(this.#context.journal);
    if (state.kind === 'recordable') return state;
    return refuseUnrecorded(state.kind === 'closed' ? state.kind : state.detail);
  }

  /** Sets the addresses that the name resolved to. */
  setAnswers(answers: Answers): Answers {
    this.#resolution = answers;
    return answers;
  }

  /** Writes the decision and, once it is on disk, gives the token for the dial. Fails closed. */
  async recordDecision(permit: Permit): Promise<Opened | Refusal> {
    const { counters, journal } = this.#context;
    const writing = recordDecision(permit, this.#resolution, journal);
    const written = await within(writing, this.remainingMs, 'late');
    if (written === 'late') {
      this.#closeWhenWritten(writing);
      return this.#unrecorded(JOURNAL_LATE);
    }
    if (written.kind === 'not_written') return this.#unrecorded(written.detail);
    this.#stage = 'opened';
    this.#wouldDeny = permit.ground.kind === 'observed';
    if (this.#wouldDeny) counters.wouldDeny += 1;
    counters.allowed += 1;
    return written;
  }

  /** Sets the connection to the destination. */
  setUpstream(upstream: Upstream): Upstream {
    this.#upstream = upstream;
    return upstream;
  }

  /** Closes the connection to the destination, if there is one. */
  closeUpstream(): void {
    if (this.#upstream !== 'not_reached') this.#upstream.socket.destroy();
  }

  /** Sets what the traffic was seen to be so far; `note` adds what the observation alone does not say. */
  setObservation(observation: Observation, note = ''): void {
    this.#observation = observation;
    this.#note = note;
  }

  /** Sets the clearance by which the traffic passes. */
  setClearance(clearance: Clearance): void {
    // An attempt that was dialled only because policy observes has been counted then.
    if (clearance.wouldDeny !== 'none' && !this.#wouldDeny) this.#context.counters.wouldDeny += 1;
    this.#judged = judgedFor(clearance);
  }

  /**
   * Records a refusal. Gives the refusal for the client: the same, or one that says that the journal failed. A journal that
   * does not confirm cannot hold the response back past the time limit.
   */
  async recordRefusal(refusal: Refusal, status: number = refusal.status): Promise<Refusal> {
    if (this.#stage === 'over') return refusal;
    const opened = this.#stage === 'opened';
    this.#stage = 'over';
    this.#context.counters[refusal.verdict.kind] += 1;
    const record = opened ? this.#closeAgainst(refusal, status) : this.#decisionAgainst(refusal);
    // On a full disk the reserve is for what policy decided, not for failures such as the full disk itself.
    const urgent = opened || refusal.verdict.kind !== 'failed';
    // The client of a tunnel has its response already, so its refusal waits as long as a response may.
    const budgetMs = status === refusal.status ? this.remainingMs + LAST_MOMENT_MS : this.#context.answerMs;
    const written = await within(this.#append(record, urgent), budgetMs, 'late');
    if (written === 'late') return this.#unrecorded(JOURNAL_LATE);
    return written.kind === 'not_written' ? this.#unrecorded(written.detail) : refusal;
  }

  /** Records the bytes of a long tunnel so far. */
  recordProgress({ bytesOut, bytesIn }: Pick<AttemptEnd, 'bytesOut' | 'bytesIn'>): void {
    if (this.#stage !== 'opened') return;
    this.#countBytes(bytesOut, bytesIn);
    this.#track(this.#append({ kind: 'progress', id: this.id, bytesOut, bytesIn, durationMs: this.#elapsed() }, false));
  }

  /** Records the end of a passed attempt, in the background: only a stop waits for it. */
  recordClose(end: AttemptEnd): void {
    if (this.#stage !== 'opened') return;
    this.#stage = 'over';
    this.#countBytes(end.bytesOut, end.bytesIn);
    this.#track(this.#append(this.#close(end), true));
  }

  #elapsed(): number {
    return Math.round(performance.now() - this.#start);
  }

  #decisionAgainst({ verdict, status, denial }: Refusal): AuditRecord {
    const attempt = this.#attempt;
    const resolution = this.#resolution;
    const dropped = denial === 'none' || denial.dropped === 'not_reached' ? [] : denial.dropped;
    return {
      kind: 'decision',
      id: this.id,
      receivedAt: this.receivedAt,
      client: this.#client,
      claimedUserHash: this.#claimedUserHash,
      destination: attempt === 'unparsed' ? 'unparsed' : attempt.destination,
      intent: attempt === 'unparsed' ? 'unparsed' : attempt.intent,
      recordPath: denial !== 'none' && denial.readsPaths,
      resolved: resolution === 'not_reached' ? resolution : { ...resolution, dropped },
      verdict,
      revision: this.#context.revision(),
      status,
    };
  }

  #closeAgainst(refusal: Refusal, status: number): CloseRecord {
    this.#judged = judgedAgainst(refusal.denial);
    const upstream = this.#upstream;
    // The bytes of an inspection count; a reused connection has counted those of earlier requests too.
    const { bytesWritten: bytesOut, bytesRead: bytesIn } =
      upstream !== 'not_reached' && !upstream.reused ? upstream.socket : { bytesWritten: 0, bytesRead: 0 };
    this.#countBytes(bytesOut, bytesIn);
    const { endedBy, detail } = endOf(refusal);
    const withNote = this.#note === '' ? detail : `${detail}; ${this.#note}`;
    return this.#close({ endedBy, status, detail: withNote, bytesOut, bytesIn });
  }

  #close({ endedBy, bytesOut, bytesIn, status, detail }: AttemptEnd): CloseRecord {
    const upstream = this.#upstream;
    if (this.#judged !== 'not_reached') countChecks(this.#context.counters, this.#judged.checks);
    const port = this.#attempt === 'unparsed' ? 0 : this.#attempt.destination.port;
    return {
      kind: 'close',
      id: this.id,
      dialled: upstream === 'not_reached' ? upstream : { address: upstream.address, port, reused: upstream.reused },
      observation: this.#observation,
      judged: this.#judged,
      status,
      bytesOut,
      bytesIn,
      durationMs: this.#elapsed(),
      endedBy,
      detail,
    };
  }

  #append(record: AuditRecord, urgent: boolean): Promise<Receipt | NotWritten> {
    const entry = encode(record);
    return this.#context.journal.append(urgent ? { ...entry, urgent } : entry);
  }

  #track(writing: Promise<Receipt | NotWritten>): void {
    const { pendingWork, log } = this.#context;
    const work = writing.then((written) => {
      if (written.kind === 'not_written') log.error('record not written', { attempt: this.id, detail: written.detail });
    });
    pendingWork.track(work);
  }

  /** Writes the close record of a refused attempt whose decision reaches the disk too late, so that it does not stay open. */
  #closeWhenWritten(writing: Promise<Opened | NotWritten>): void {
    const closing = writing.then((written) => {
      const end = endOf(refuseUnrecorded('the decision was on disk too late'));
      if (written.kind === 'opened') this.#track(this.#append(this.#close({ ...end, bytesOut: 0, bytesIn: 0 }), true));
    });
    this.#context.pendingWork.track(closing);
  }

  #unrecorded(detail: string): Refusal {
    this.#stage = 'over';
    this.#context.counters.unrecorded += 1;
    this.#context.log.error('attempt refused, its record could not be written', { attempt: this.id, detail });
    return refuseUnrecorded(detail);
  }

  #countBytes(bytesOut: number, bytesIn: number): void {
    const { counters } = this.#context;
    counters.bytesOut += bytesOut - this.#counted.bytesOut;
    counters.bytesIn += bytesIn - this.#counted.bytesIn;
    this.#counted = { bytesOut, bytesIn };
  }
}

/** The end of a refused attempt, without the bytes that it moved. */
function endOf(refusal: Refusal): Omit<AttemptEnd, 'bytesOut' | 'bytesIn'> {
  const detail = refusal.verdict.kind === 'failed' ? refusal.verdict.detail : refusal.message;
  return { endedBy: refusal.endedBy, status: refusal.status, detail };
}

/** How the traffic that passes was judged, if it was inspected. */
function judgedFor({ ground, checks, wouldDeny }: Clearance): Judged | 'not_reached' {
  if (checks.length === 0 && wouldDeny === 'none') return 'not_reached';
  const rule = ground.kind === 'rules' ? ground.rules[0] : 'none';
  return { rule, checks, wouldDeny: wouldDeny === 'none' ? wouldDeny : wouldDeny.reason };
}

/** How the traffic that does not pass was judged, if it was inspected. */
function judgedAgainst(denial: Denial | 'none'): Judged | 'not_reached' {
  // Traffic of another protocol was inspected, though no fact of it could be checked.
  if (denial === 'none' || (denial.checks.length === 0 && denial.reason !== 'traffic_not_allowed'))
    return 'not_reached';
  return { rule: denial.rule, checks: denial.checks, wouldDeny: 'none' };
}
