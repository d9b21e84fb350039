import { v7 as uuidv7 } from 'uuid';
import type { Attempt, Client, Observation } from '../../attempt/index.js';
import { encode, type AuditRecord, type CloseRecord, type Judged } from '../../audit/index.js';
import type { NotWritten, Receipt } from '../../journal/index.js';
import type { Clearance, Permit } from '../../policy/index.js';
import { refuseUnrecorded, type Refusal } from '../refusal/index.js';
import { recordable, recordDecision, type Opened, type Recordable, type Resolution } from '../decision/index.js';
import type { Answers, Upstream } from '../upstream/index.js';
import { ending, judgedAgainst, judgedFor } from './verdicts.js';
import type { Ending, AttemptLogContext } from './context.js';
import { within } from '../../system/index.js';
import { countChecks } from './counters.js';

/** A refusal must be on disk before it is told, but not at the price of no answer at all: see {@link AttemptLog.refused}. */
const LAST_MOMENT_MS = 300;

/**
 * One attempt's papers: what is known so far, its decision record before anything leaves, its close record at the end.
 * Each is written at most once, whatever goes wrong between.
 */
export class AttemptLog {
  readonly id = uuidv7();
  readonly receivedAt: Date;
  readonly #recording: AttemptLogContext;
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
  #tallied = { bytesOut: 0, bytesIn: 0 };

  constructor(recording: AttemptLogContext, client: Client) {
    this.#recording = recording;
    this.#client = client;
    this.receivedAt = recording.now();
  }

  /** Milliseconds until the client must have its answer (law 7). */
  get remainingMs(): number {
    return Math.max(0, this.#recording.answerMs - (performance.now() - this.#start));
  }

  /** Notes a user name that was claimed and not proven, as its keyed hash. */
  claimed(userHash: string): void {
    this.#claimedUserHash = userHash;
  }

  /** Notes the attempt. */
  attempted(attempt: Attempt): Attempt {
    this.#client = attempt.client;
    this.#attempt = attempt;
    return attempt;
  }

  /**
   * Says whether the journal takes records now: if not, not even a DNS query may leave (law 4). The refusal's own record
   * is the try that finds out when the disk has space again.
   */
  recordable(): Recordable | Refusal {
    const state = recordable(this.#recording.journal);
    if (state.kind === 'recordable') return state;
    return refuseUnrecorded(state.kind === 'closed' ? state.kind : state.detail);
  }

  /** Notes what the name came to. */
  resolved(answers: Answers): Answers {
    this.#resolution = answers;
    return answers;
  }

  /** Writes the decision and, once it is on disk, gives the token the dial needs. Fails closed. */
  async opening(permit: Permit): Promise<Opened | Refusal> {
    const { counters } = this.#recording;
    const writing = recordDecision(permit, this.#resolution, this.#recording.journal);
    const written = await within(writing, this.remainingMs, 'late');
    if (written === 'late') {
      this.#closeWhenWritten(writing);
      return this.#unrecorded('the journal did not answer in time');
    }
    if (written.kind === 'not_written') return this.#unrecorded(written.detail);
    this.#stage = 'opened';
    this.#wouldDeny = permit.ground.kind === 'observed';
    if (this.#wouldDeny) counters.wouldDeny += 1;
    counters.allowed += 1;
    return written;
  }

  /** Notes the connection. */
  connected(upstream: Upstream): Upstream {
    this.#upstream = upstream;
    return upstream;
  }

  /** Frees what was opened, when the attempt is refused after all. */
  abandon(): void {
    if (this.#upstream !== 'not_reached') this.#upstream.socket.destroy();
  }

  /** Notes what the traffic was seen to be so far, and in words what that alone does not say. */
  observed(observation: Observation, note = ''): void {
    this.#observation = observation;
    this.#note = note;
  }

  /** Notes by which rule, and with what in its favour, the traffic passes. */
  cleared(clearance: Clearance): Clearance {
    // An attempt that only observe let be dialled was counted then.
    if (clearance.wouldDeny !== 'none' && !this.#wouldDeny) this.#recording.counters.wouldDeny += 1;
    this.#judged = judgedFor(clearance);
    return clearance;
  }

  /**
   * Records a refusal and gives back what the client is to be told: the same, or, where the record could not be written,
   * that the journal is at fault. A journal that does not answer at all cannot hold back the answer past the time limit.
   */
  async refused(refusal: Refusal, status: number = refusal.status): Promise<Refusal> {
    if (this.#stage === 'over') return refusal;
    const opened = this.#stage === 'opened';
    this.#stage = 'over';
    this.#count(refusal.verdict);
    const record = opened ? this.#closeAgainst(refusal, status) : this.#decisionAgainst(refusal);
    // What policy said is told on a full disk too; that the disk is full is not worth its last bytes.
    const urgency = opened || refusal.verdict.kind !== 'failed' ? 'urgent' : 'can_wait';
    // Inside a tunnel the answer was given long ago: what is told there waits for its record as long as an answer may.
    const budgetMs = status === refusal.status ? this.remainingMs + LAST_MOMENT_MS : this.#recording.answerMs;
    const written = await within(this.#append(record, urgency), budgetMs, 'late');
    if (written === 'late') return this.#unrecorded('the journal did not answer in time');
    return written.kind === 'not_written' ? this.#unrecorded(written.detail) : refusal;
  }

  /** Records a long tunnel's count so far. */
  progressed(bytesOut: number, bytesIn: number): void {
    if (this.#stage !== 'opened') return;
    this.#countBytes(bytesOut, bytesIn);
    this.#track(this.#append({ kind: 'progress', id: this.id, bytesOut, bytesIn, durationMs: this.#elapsed() }));
  }

  /** Records the end of a passed attempt. The bytes have gone, so nobody waits for it; a stop does. */
  closed(ending: Ending): void {
    if (this.#stage !== 'opened') return;
    this.#stage = 'over';
    this.#countBytes(ending.bytesOut, ending.bytesIn);
    this.#track(this.#append(this.#close(ending), 'urgent'));
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
      revision: this.#recording.revision(),
      status,
    };
  }

  #closeAgainst(refusal: Refusal, status: number): CloseRecord {
    this.#judged = judgedAgainst(refusal.denial);
    const upstream = this.#upstream;
    // What a look inside let by counts, and only a connection of its own has counted nothing else.
    const moved = upstream !== 'not_reached' && !upstream.reused ? upstream.socket : { bytesWritten: 0, bytesRead: 0 };
    this.#countBytes(moved.bytesWritten, moved.bytesRead);
    const { detail, ...end } = ending(refusal);
    const told = this.#note === '' ? detail : `${detail}; ${this.#note}`;
    return this.#close({ ...end, status, detail: told, bytesOut: moved.bytesWritten, bytesIn: moved.bytesRead });
  }

  #close({ endedBy, bytesOut, bytesIn, status, detail }: Ending): CloseRecord {
    const upstream = this.#upstream;
    if (this.#judged !== 'not_reached') countChecks(this.#recording.counters, this.#judged.checks);
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

  #append(record: AuditRecord, urgency: 'urgent' | 'can_wait' = 'can_wait'): Promise<Receipt | NotWritten> {
    const entry = encode(record);
    return this.#recording.journal.append(urgency === 'urgent' ? { ...entry, urgent: true } : entry);
  }

  #track(writing: Promise<Receipt | NotWritten>): void {
    const { pendingWork, log } = this.#recording;
    const told = writing.then((written) => {
      if (written.kind === 'not_written') log.error('record not written', { attempt: this.id, detail: written.detail });
    });
    pendingWork.note(told);
  }

  /** A decision that reaches the disk after all, when its attempt has been refused, must not look open for ever. */
  #closeWhenWritten(writing: Promise<Opened | NotWritten>): void {
    const late = {
      ...ending(refuseUnrecorded('the decision was on disk too late')),
      endedBy: 'proxy_internal_error',
    } as const;
    const closing = writing.then((written) => {
      if (written.kind === 'opened') this.#track(this.#append(this.#close(late), 'urgent'));
    });
    this.#recording.pendingWork.note(closing);
  }

  #unrecorded(detail: string): Refusal {
    this.#stage = 'over';
    this.#recording.counters.unrecorded += 1;
    this.#recording.log.error('attempt refused, its record could not be written', { attempt: this.id, detail });
    return refuseUnrecorded(detail);
  }

  #countBytes(bytesOut: number, bytesIn: number): void {
    const { counters } = this.#recording;
    counters.bytesOut += bytesOut - this.#tallied.bytesOut;
    counters.bytesIn += bytesIn - this.#tallied.bytesIn;
    this.#tallied = { bytesOut, bytesIn };
  }

  #count(verdict: Refusal['verdict']): void {
    this.#recording.counters[verdict.kind] += 1;
  }
}
