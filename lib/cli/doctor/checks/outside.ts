import type { AnchorConfig, SinkConfig } from '../../../config/index.js';
import { openReceiver } from '../../../outbox/index.js';
import { printable } from '../../../app/terminal/index.js';
import { counted } from '../../../system/values/index.js';
import type { Status } from '../../../app/status/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

/** Checks the anchors: their state in the running instance, or whether a start could use them. */
export function checkAnchors(installation: Installation): Promise<readonly Finding[]> {
  return check('anchors', installation, (status) => status.anchors.map(anchorFinding));
}

/** Checks the sinks in the same way. */
export function checkSinks(installation: Installation): Promise<readonly Finding[]> {
  return check('sinks', installation, (status) => status.sinks.map(sinkFinding));
}

async function check(
  which: 'anchors' | 'sinks',
  { config, status }: Installation,
  findings: (status: Status) => readonly Finding[],
): Promise<readonly Finding[]> {
  const { skipped, warning } = findingsOf(which);
  const configured: readonly (AnchorConfig | SinkConfig)[] = config[which];
  const running = status.kind === 'status' ? status.status[which] : [];
  if (configured.length + running.length === 0) return [skipped('none configured')];
  if (status.kind === 'status') {
    const unknown = configured.filter(({ name }) => !running.some((each) => each.name === name));
    const remedy = 'restart tidegate to apply the configuration';
    const words = 'is configured, but unknown to the running instance';
    return [
      ...findings(status.status),
      ...unknown.map(({ name }) => warning(`${name} ${words}`, remedy, 'advised')),
      ...(await openable(which, configured.filter(isInFiles))).filter(({ state }) => state === 'problem'),
    ];
  }
  return openable(which, configured);
}

/** A secret in a variable is in the environment of the instance, which the doctor need not have. */
function isInFiles({ secret: { source } }: AnchorConfig | SinkConfig): boolean {
  return source === 'none' || source.kind === 'file';
}

/** Reads the files that a start would read. */
function openable(
  which: 'anchors' | 'sinks',
  configured: readonly (AnchorConfig | SinkConfig)[],
): Promise<readonly Finding[]> {
  const { skipped, problem } = findingsOf(which);
  return Promise.all(
    configured.map(async (receiver) => {
      const opened = await openReceiver(receiver, { version: '', host: '' }, process.env);
      return opened.kind === 'problem'
        ? problem(`${receiver.name}: ${opened.detail}`, 'fix that file, or configure another', 'would_fail')
        : skipped(`${receiver.name} is valid; only a running instance knows whether it works`);
    }),
  );
}

function anchorFinding({ name, state, accepted, problem: detail }: Status['anchors'][number]): Finding {
  const { ok, warning, problem } = findingsOf('anchors');
  const has = accepted === null ? 'has nothing yet' : `has ${counted(accepted.size, 'record')} since ${accepted.at}`;
  const words = `${name} ${has}${detail === null ? '' : `: ${printable(detail)}`}`;
  switch (state) {
    case 'current':
      return ok(words);
    case 'behind':
      return warning(words, 'retried automatically; check that it runs and can be reached');
    case 'stale':
      return problem(words, 'check that it runs and can be reached: it has not advanced for 5 minutes');
    case 'went_back':
      return problem(
        words,
        'the journal is behind the anchor (possible rollback): see docs/operations/audit-trail.md, anchors',
      );
  }
}

function sinkFinding(sink: Status['sinks'][number]): Finding {
  const { ok, warning, problem } = findingsOf('sinks');
  const { name, state, lag, problem: detail, refused, missed } = sink;
  const words = `${name} ${state}, ${counted(lag.records, 'record')} behind${detail === null ? '' : `: ${printable(detail)}`}`;
  if (refused !== null)
    return problem(`${words}; it rejects record ${refused}`, 'fix the receiver, or set refused: skip');
  if (state === 'failing') return warning(words, 'records wait in the journal; check that its receiver can be reached');
  if (missed.records > 0)
    return problem(
      `${words}; it missed ${counted(missed.records, 'record')}`,
      'export them from a copy of the journal',
    );
  return ok(words);
}
