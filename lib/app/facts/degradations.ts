import type { JournalState } from '../../journal/index.js';
import type { AnchorStatus, SinkStatus } from '../../outbox/index.js';
import { counted } from '../../system/values/index.js';
import type { InstanceFacts } from './facts.js';

/** A receiver that is unavailable for longer than this is an alarm; a restart is not. */
const ALARM_MS = 300_000;

/** Names what keeps an instance from its work, or from what it was last configured to do. */
export function degradations(facts: Omit<InstanceFacts, 'degraded'>): readonly string[] {
  const { journal, policies, users, anchors, sinks } = facts;
  return [
    journalTroubles(journal.state),
    policies.rejected === 'none' ? [] : 'the last policy change was rejected; an older set is in force',
    users === 'off' || users.problems.length === 0
      ? []
      : 'the changed users file was rejected; the previous users are in force',
    anchors.flatMap(anchorTroubles),
    sinks.flatMap(sinkTroubles),
  ].flat();
}

function journalTroubles(state: JournalState): readonly string[] {
  if (state.kind !== 'writing') return [`the journal is not writable (${state.kind}); all traffic is refused`];
  const { rotationProblem, maintenanceProblem } = state;
  return [
    rotationProblem === 'none' ? [] : `journal rotation failed: ${rotationProblem}`,
    maintenanceProblem === 'none' ? [] : `journal maintenance failed: ${maintenanceProblem}`,
  ].flat();
}

function anchorTroubles({ name, state, detail }: AnchorStatus): readonly string[] {
  if (state === 'went_back') return [`anchor "${name}": the journal is behind it (possible rollback): ${detail}`];
  if (state !== 'stale') return [];
  return [`anchor "${name}" has not advanced for 5 minutes${detail === 'none' ? '' : `: ${detail}`}`];
}

function sinkTroubles({ name, lag, error, failingMs, missed, refused }: SinkStatus): readonly string[] {
  const late = failingMs > ALARM_MS || lag.ms > ALARM_MS;
  return [
    refused === 'none' ? [] : `sink "${name}" rejects record ${refused}, which blocks later records: ${error}`,
    late && refused === 'none' ? `sink "${name}" is ${counted(lag.records, 'record')} behind: ${error}` : [],
    missed.records === 0
      ? []
      : `sink "${name}" missed ${counted(missed.records, 'record')}, removed from the journal before delivery`,
  ].flat();
}
