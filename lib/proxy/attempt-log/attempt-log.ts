import type { Attempt, Client, Observation } from '../../attempt/index.js';
import {
  encode,
  type AuditRecord,
  type CloseRecord,
  type Judged,
  type Verdict,
  type WouldDeny,
} from '../../audit/index.js';
import type { NotWritten, Receipt, ReserveShare } from '../../journal/index.js';
import type { Admission, Clearance, Permit } from '../../policy/index.js';
import { refuseUnrecorded, type Refusal } from '../refusal/index.js';
import { recordable, recordDecision, type Opened, type Recordable, type Resolution } from '../decision/index.js';
import type { Answers, Upstream } from '../upstream/index.js';
import { AttemptIds } from './attempt-ids.js';
import type { AttemptEnd, AttemptLogContext } from './context.js';
import { within } from '../../system/index.js';
import { countChecks, countReason } from './counters.js';
import { endOf, judgedAgainst, judgedFor, wouldDenyOn, type FinalEnd } from './verdicts.js';

/** How long a refusal's record may hold the response back past its time limit: no response at all would be worse. */
const LAST_MOMENT_MS = 300;
/** One for the process, in which several proxies may run. */
const ids = new AttemptIds();
const JOURNAL_LATE = 'the journal did not answer in time';

/**
 * The log of one attempt: what is known so far, its decision record before anything leaves, its close record at the end.
 * Each is written at most once, whatever fails in between.
 */
export class AttemptLog {
  readonly id: string;
  readonly receivedAt: Date;
  readonly #context: AttemptLogContext;
  readonly #start = performance.now();
  #client: Client;
  #claimedUserHash: string | 'none' = 'none';
  #attempt: Attempt | 'unparsed' = 'unparsed';
  #resolution: Resolution = 'not_reached';
  #upstream: Upstream | 'not_reached' = 'not_reached';
  #observation: Observation | 'not_reached' = 'not_reached';
  #wouldDeny: WouldDeny = 'none';
  #isCounted = false;
  #note = '';
  #judged: Judged | 'not_reached' = 'not_reached';
  #stage: 'undecided' | 'opened' | 'over' = 'undecided';
  #counted = { bytesOut: 0, bytesIn: 0 };

  constructor(context: AttemptLogContext, client: Client) {
    this.#context = context;
    this.#client = client;
    this.receivedAt = context.now();
    this.id = ids.next(this.receivedAt);
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

  /** Sets the admission: an attempt that only `observe` lets through is recorded so even if it fails after this. */
  setAdmission(admission: Admission): Admission {
    this.#wouldDeny = wouldDenyOn(admission.ground);
    return admission;
  }

  /** Sets the addresses that the name resolved to. */
  setAnswers(answers: Answers): Answers {
    this.#resolution = answers;
    return answers;
  }

  /** Writes the decision and, once it is on disk, gives the token for the dial. Fails closed. */
  async recordDecision(permit: Permit): Promise<Opened | Refusal> {
    const { journal, openAttempts } = this.#context;
    const writing = recordDecision(permit, this.#resolution, journal).then((outcome) => {
      if (outcome.kind === 'opened') openAttempts.opened();
      return outcome;
    });
    const written = await within(writing, this.remainingMs, 'late');
    if (written === 'late') {
      this.#closeWhenWritten(writing);
      return this.#unrecorded(JOURNAL_LATE);
    }
    if (written.kind === 'not_written') return this.#unrecorded(written.detail);
    this.#stage = 'opened';
    this.#wouldDeny = wouldDenyOn(permit.ground);
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
    if (this.#wouldDeny === 'none') this.#wouldDeny = clearance.wouldDeny;
    this.#judged = judgedFor(clearance);
  }

  /** Counts the attempt as allowed: its traffic passes from now on, and nothing refuses it any more. */
  countAllowed(): void {
    this.#count('allowed');
  }

  /**
   * Records a refusal. Gives the refusal for the client: the same, or one that says that the journal failed. A journal that
   * does not confirm cannot hold the response back past the time limit.
   */
  async recordRefusal(refusal: Refusal, status: number = refusal.status): Promise<Refusal> {
    if (this.#stage === 'over') return refusal;
    const opened = this.#stage === 'opened';
    this.#stage = 'over';
    // On a full disk a part of the reserve is for what policy decided, none for failures such as the full disk itself.
    const share = refusal.verdict.kind === 'failed' ? 'nothing' : 'part';
    const writing = opened
      ? this.#end(this.#closeAgainst(refusal, status))
      : this.#append(this.#decisionAgainst(refusal), share);
    // The client of a tunnel has its response already, so its refusal waits as long as a response may.
    const budgetMs = status === refusal.status ? this.remainingMs + LAST_MOMENT_MS : this.#context.answerMs;
    const written = await within(writing, budgetMs, 'late');
    if (written === 'late') return this.#unrecorded(JOURNAL_LATE);
    if (written.kind === 'not_written') return this.#unrecorded(written.detail);
    this.#count(refusal.verdict.kind);
    countReason(this.#context.counters, refusal.verdict.kind, endOf(refusal).reason);
    return refusal;
  }

  /** Records the bytes of a long tunnel so far. */
  recordProgress({ bytesOut, bytesIn }: Pick<AttemptEnd, 'bytesOut' | 'bytesIn'>): void {
    if (this.#stage !== 'opened') return;
    this.#countBytes(bytesOut, bytesIn);
    const record = { kind: 'progress', id: this.id, bytesOut, bytesIn, durationMs: this.#elapsed() } as const;
    const writing = this.#append(record, 'nothing').then((written) => {
      if (written.kind === 'not_written') this.#context.trouble.lost(written, 'progress');
    });
    this.#context.pendingWork.track(writing);
  }

  /** Records the end of a passed attempt, in the background: only a stop waits for it. */
  recordClose(end: AttemptEnd): void {
    if (this.#stage !== 'opened') return;
    this.#stage = 'over';
    this.#count('allowed');
    this.#countBytes(end.bytesOut, end.bytesIn);
    const reason = this.#wouldDeny === 'none' ? 'rule_holds' : 'observed';
    this.#context.pendingWork.track(this.#end(this.#close({ ...end, verdict: 'allowed', reason })));
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
      verdict: verdict.kind === 'failed' ? { ...verdict, wouldDeny: this.#wouldDeny } : verdict,
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
    const end = endOf(refusal);
    const detail = this.#note === '' ? end.detail : `${end.detail}; ${this.#note}`;
    return this.#close({ ...end, status, detail, bytesOut, bytesIn });
  }

  #close({ verdict, reason, endedBy, bytesOut, bytesIn, status, detail }: FinalEnd): CloseRecord {
    const upstream = this.#upstream;
    if (this.#judged !== 'not_reached') countChecks(this.#context.counters, this.#judged.checks);
    const port = this.#attempt === 'unparsed' ? 0 : this.#attempt.destination.port;
    return {
      kind: 'close',
      id: this.id,
      verdict,
      reason,
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

  #append(record: AuditRecord, reserve: ReserveShare): Promise<Receipt | NotWritten> {
    return this.#context.journal.append({ ...encode(record), reserve });
  }

  #end(record: CloseRecord): Promise<Receipt | NotWritten> {
    return this.#context.openAttempts.end(encode(record));
  }

  /** Writes the close record of a refused attempt whose decision reaches the disk too late, so that it does not stay open. */
  #closeWhenWritten(writing: Promise<Opened | NotWritten>): void {
    const closing = writing.then((written) => {
      const end = endOf(refuseUnrecorded('the decision was on disk too late'));
      return written.kind === 'opened' ? this.#end(this.#close({ ...end, bytesOut: 0, bytesIn: 0 })) : written;
    });
    this.#context.pendingWork.track(closing);
  }

  #unrecorded(detail: string): Refusal {
    this.#stage = 'over';
    this.#isCounted = true;
    this.#context.counters.unrecorded += 1;
    this.#context.trouble.lost({ detail }, 'attempt');
    return refuseUnrecorded(detail);
  }

  /** Counts the attempt, once, by its final verdict. */
  #count(verdict: Verdict['kind']): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    const { counters } = this.#context;
    counters[verdict] += 1;
    if (this.#wouldDeny !== 'none' && (verdict === 'allowed' || verdict === 'failed')) counters.wouldDeny += 1;
  }

  #countBytes(bytesOut: number, bytesIn: number): void {
    const { counters } = this.#context;
    counters.bytesOut += bytesOut - this.#counted.bytesOut;
    counters.bytesIn += bytesIn - this.#counted.bytesIn;
    this.#counted = { bytesOut, bytesIn };
  }
}
