import { admit, permit, type Permit } from '../../lib/policy/index.js';
import { PendingWork } from '../../lib/proxy/registry/index.js';
import { AttemptLog, OpenAttempts, RecordingTrouble, zeroCounters } from '../../lib/proxy/attempt-log/index.js';
import type { Opened } from '../../lib/proxy/decision/index.js';
import { connect, ip, noMachine, noon } from '../policy/samples.js';
import { policySet, type Rig } from './rig.js';

/** An attempt whose decision is on disk, its log, and its counters. */
export interface OpenedAttempt {
  readonly permit: Permit;
  readonly opened: Opened;
  readonly attemptLog: AttemptLog;
  readonly counters: ReturnType<typeof zeroCounters>;
}

/** Opens an attempt that a policy permits to an address, in the journal of a rig and without its proxy. */
export async function openAttempt(
  rig: Rig,
  policy: string,
  authority: string,
  address: string,
): Promise<OpenedAttempt> {
  const counters = zeroCounters();
  const trouble = new RecordingTrouble({ error: () => undefined, warn: () => undefined }, rig.journal);
  const attempt = connect(authority);
  const attemptLog = new AttemptLog(
    {
      journal: rig.journal,
      trouble,
      openAttempts: new OpenAttempts({ journal: rig.journal, trouble }),
      now: () => noon,
      counters,
      answerMs: 20_000,
      revision: () => 'none',
      pendingWork: new PendingWork(),
    },
    attempt.client,
  );
  attemptLog.setAttempt(attempt);
  const admission = admit(policySet(policy), attempt, noon);
  if (admission.kind === 'denied') throw new Error(admission.reason);
  const permitted = permit(admission, [ip(address)], noMachine);
  if (permitted.kind === 'denied') throw new Error(permitted.reason);
  const opened = await attemptLog.recordDecision(permitted);
  if (opened.kind === 'refusal') throw new Error(opened.message);
  return { permit: permitted, opened, attemptLog, counters };
}
