import type { AnchorStatus, SinkStatus } from '../../outbox/index.js';
import type { Family, Reading } from '../../metrics/index.js';

/** Numbers of what keeps checkpoints. */
export function anchorFamilies(status: () => readonly AnchorStatus[]): readonly Family[] {
  const each = (value: (anchor: AnchorStatus) => number | 'none') => (): Reading[] =>
    readings('anchor', status(), value);
  return [
    perName(
      'tidegate_anchor_records',
      'Records that the newest checkpoint an anchor has speaks of.',
      'anchor',
      each(({ accepted }) => (accepted === 'none' ? 0 : accepted.size)),
    ),
    perName(
      'tidegate_anchor_accepted_timestamp_seconds',
      'When an anchor last accepted a checkpoint.',
      'anchor',
      each(({ accepted }) => (accepted === 'none' ? accepted : Date.parse(accepted.at) / 1_000)),
    ),
    perName(
      'tidegate_anchor_alarm',
      '1 if an anchor has not advanced for five minutes, or has more than the journal says.',
      'anchor',
      each(({ state }) => (state === 'stale' || state === 'went_back' ? 1 : 0)),
    ),
  ];
}

/** Numbers of what the audit trail is sent to. */
export function sinkFamilies(status: () => readonly SinkStatus[]): readonly Family[] {
  const each = (value: (sink: SinkStatus) => number | 'none') => (): Reading[] => readings('sink', status(), value);
  return [
    perName(
      'tidegate_sink_lag_records',
      'Records on disk that a sink has not accepted.',
      'sink',
      each(({ lag }) => lag.records),
    ),
    perName(
      'tidegate_sink_lag_seconds',
      'Age of the oldest of them.',
      'sink',
      each(({ lag }) => lag.ms / 1_000),
    ),
    perName(
      'tidegate_sink_failing',
      '1 if a sink does not take records.',
      'sink',
      each(({ state }) => (state === 'failing' ? 1 : 0)),
    ),
    perName(
      'tidegate_sink_missed_records',
      'Records that were removed before a sink had them.',
      'sink',
      each(({ missed }) => missed.records),
    ),
    perName(
      'tidegate_sink_skipped_records',
      'Records that a sink refused and that were left out.',
      'sink',
      each(({ skipped }) => skipped),
    ),
  ];
}

function readings<S extends { readonly name: string }>(
  label: string,
  all: readonly S[],
  value: (each: S) => number | 'none',
): Reading[] {
  return all.flatMap((each) => {
    const found = value(each);
    return found === 'none' ? [] : [{ labels: { [label]: each.name }, value: found }];
  });
}

function perName(name: string, help: string, label: string, read: () => Reading[]): Family {
  return { name, help, type: 'gauge', labels: [label], read };
}
