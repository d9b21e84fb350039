/** Why an instance did not start. A face gives each its exit code. */
export type StartReason =
  | 'log_transport_unusable'
  | 'users_unusable'
  | 'policies_unreadable'
  | 'policies_invalid'
  | 'journal_locked'
  | 'journal_unwritable'
  | 'journal_wrong_key'
  | 'journal_damaged'
  | 'anchor_unusable'
  | 'sink_unusable'
  | 'cannot_listen'
  | 'start_unrecorded';

/** A start that failed: the reason, what happened, and what to do about it. */
export interface NotStarted {
  readonly kind: 'not_started';
  readonly reason: StartReason;
  readonly message: string;
  readonly details: readonly string[];
}

/** Thrown while parts are opened, so that the start reads straight down; `startInstance` catches it. */
export class StartError extends Error {
  readonly outcome: NotStarted;

  constructor(reason: StartReason, message: string, details: readonly string[] = []) {
    super(message);
    this.outcome = { kind: 'not_started', reason, message, details };
  }
}
