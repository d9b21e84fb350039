import type { Destination, IpAddress } from '../address/index.js';
import type { Client, Intent, Observation } from '../attempt/index.js';
import type { Check, DenialReason, DroppedAddress, NearMiss, Protocol, RuleRef } from '../policy/index.js';
import type { Action, EndedBy, FailureCode, Reason, RecordContent, TurnedAwayReason } from './fields/index.js';

/** Why an attempt was turned away without asking policy; of a malformed request, the rule of strict reading it breaks. */
export type TurnedAway =
  | { readonly reason: 'malformed'; readonly rule: string; readonly detail: string }
  | { readonly reason: Exclude<TurnedAwayReason, 'malformed'> };

/** What was decided on an attempt. */
export type Verdict =
  | {
      readonly kind: 'allowed';
      readonly rules: readonly RuleRef[];
      readonly protocol: Protocol;
      readonly wouldDeny: WouldDeny;
    }
  | {
      readonly kind: 'denied';
      readonly reason: DenialReason;
      readonly rule: RuleRef | 'none';
      readonly nearest: readonly NearMiss[];
    }
  | ({ readonly kind: 'refused' } & TurnedAway)
  | {
      readonly kind: 'failed';
      readonly code: FailureCode;
      readonly detail: string;
      /** What was known of this when it failed: policy is asked about the name before the look-up. */
      readonly wouldDeny: WouldDeny;
    };

/** What policy would have denied, had it not been set to observe. */
export type WouldDeny = { readonly reason: DenialReason; readonly nearest: readonly NearMiss[] } | 'none';

/** The answer of name resolution, as far as the journey got. */
export interface Resolved {
  readonly addresses: readonly IpAddress[];
  readonly aliases: readonly string[] | 'not_visible';
  readonly dropped: readonly DroppedAddress[];
}

/** One decision, durable before a packet leaves or a refusal is answered. */
export interface DecisionRecord {
  readonly kind: 'decision';
  readonly id: string;
  readonly receivedAt: Date;
  /** The client as far as it is known; its identity is `network` until credentials have been verified. */
  readonly client: Client;
  /** A user name that was not verified, as a keyed hash (people type passwords there), or `'none'`. */
  readonly claimedUserHash: string;
  readonly destination: Destination | 'unparsed';
  readonly intent: Intent | 'unparsed';
  /** Whether the standing rule looks at paths; the path is recorded only then. */
  readonly recordPath: boolean;
  readonly resolved: Resolved | 'not_reached';
  readonly verdict: Verdict;
  readonly revision: string;
  /** The status the client received, or `'none'` while the outcome is still open (an allowed attempt). */
  readonly status: number | 'none';
}

/** How a tunnel's traffic was judged, fact by fact, by the rule it passes by or that came nearest. */
export interface Judged {
  readonly rule: RuleRef | 'none';
  readonly checks: readonly Check[];
  /** The reason it would have been denied for, had nothing said to observe. */
  readonly wouldDeny: DenialReason | 'none';
}

/**
 * The end of an allowed attempt. `status` is what the client was answered: the tunnel's 200, the origin's status, or our
 * refusal. Counts are `'not_visible'` only in what is written after a crash, where nothing had been recorded.
 */
export interface CloseRecord {
  readonly kind: 'close';
  readonly id: string;
  /** The final verdict: `'allowed'` if the traffic passed, else why the opened attempt came to nothing. */
  readonly verdict: Verdict['kind'];
  readonly reason: Reason;
  readonly dialled: { readonly address: IpAddress; readonly port: number; readonly reused: boolean } | 'not_reached';
  readonly observation: Observation | 'not_reached';
  /** What the traffic was judged to be; `'not_reached'` where nothing was looked at. */
  readonly judged: Judged | 'not_reached';
  readonly status: number | 'none';
  readonly bytesOut: number | 'not_visible';
  readonly bytesIn: number | 'not_visible';
  readonly durationMs: number | 'not_visible';
  readonly endedBy: EndedBy;
  readonly detail: string;
}

/** A long tunnel's count so far. */
export interface ProgressRecord {
  readonly kind: 'progress';
  readonly id: string;
  readonly bytesOut: number;
  readonly bytesIn: number;
  readonly durationMs: number;
}

/** A policy set was taken into force, or a changed one was refused and the last good one kept. */
export interface PolicyRecord {
  readonly kind: 'policy';
  readonly outcome: 'adopted' | 'rejected';
  /** The revision now in force. */
  readonly revision: string;
  /** The revision in force before, or `'none'`. */
  readonly previous: string;
  readonly rules: number;
  /** Problems of a rejected change, as `file:line:column: message`, at most 20. */
  readonly problems: readonly string[];
}

/** tidegate started, stopped, or something administrative happened. */
export type LifecycleRecord =
  | ({ readonly kind: 'start' } & RecordContent<'start'>)
  | {
      readonly kind: 'stop';
      readonly cause: string;
      readonly openAttempts: number;
      /** How many attempts have no end on disk. */
      readonly missingEnds: number | 'not_known';
    }
  | { readonly kind: 'admin'; readonly action: Action; readonly detail: string };

/** Everything that can stand in the audit trail (the journal adds its own `recover` records). */
export type AuditRecord = DecisionRecord | CloseRecord | ProgressRecord | PolicyRecord | LifecycleRecord;
