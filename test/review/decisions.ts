import {
  encode,
  type CloseContent,
  type CloseRecord,
  type DecisionContent,
  type DecisionRecord,
} from '../../lib/audit/index.js';
import { CLOSE, DECISION } from '../audit/samples.js';

/** The content of a decision like the sample but for what is given. */
export function decided(changes: Partial<DecisionRecord> = {}): DecisionContent {
  const entry = encode({ ...DECISION, ...changes });
  if (entry.kind !== 'decision') throw new Error('not a decision');
  return entry.content;
}

/** The content of a close like the sample but for what is given. */
export function ended(changes: Partial<CloseRecord> = {}): CloseContent {
  const entry = encode({ ...CLOSE, ...changes });
  if (entry.kind !== 'close') throw new Error('not a close');
  return entry.content;
}

export const DENIED: Extract<DecisionRecord['verdict'], { kind: 'denied' }> = {
  kind: 'denied',
  reason: 'destination_not_allowed',
  rule: 'none',
  nearest: [],
};

/** The sample's time and so many milliseconds. */
export function after(milliseconds: number): Date {
  return new Date(DECISION.receivedAt.getTime() + milliseconds);
}
