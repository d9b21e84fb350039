import type { AnchorConfig, SinkConfig } from '../../../config/index.js';
import { openReceiver } from '../../../outbox/index.js';
import { printable } from '../../../app/terminal/index.js';
import { counted } from '../../../system/values/index.js';
import type { Status } from '../../../app/status/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

type Made = ReturnType<typeof findingsOf>;
type Receiver = AnchorConfig | SinkConfig;

const RESTART = 'restart tidegate to apply the configuration';

/** Checks the anchors: their state in the running instance, or whether a start could use them. */
export function checkAnchors({ config, status }: Installation): Promise<readonly Finding[]> {
  const running = status.kind === 'status' ? status.status.anchors : 'not_running';
  return check(findingsOf('anchors'), config.anchors, running, anchorFinding);
}

/** Checks the sinks in the same way. */
export function checkSinks({ config, status }: Installation): Promise<readonly Finding[]> {
  const running = status.kind === 'status' ? status.status.sinks : 'not_running';
  return check(findingsOf('sinks'), config.sinks, running, sinkFinding);
}

async function check<T extends { readonly name: string }>(
  made: Made,
  configured: readonly Receiver[],
  running: readonly T[] | 'not_running',
  finding: (of: T) => Finding,
): Promise<readonly Finding[]> {
  if (running === 'not_running') {
    if (configured.length === 0) return [made.skipped('none configured')];
    return Promise.all(configured.map((each) => usable(made, each)));
  }
  const names = new Set(running.map(({ name }) => name));
  const missing = configured.filter(({ name }) => !names.has(name));
  if (running.length + missing.length === 0) return [made.skipped('none configured')];
  const unknown = missing.map(({ name }) =>
    made.warning(`${name} is configured, but unknown to the running instance`, RESTART),
  );
  return [...running.map(finding), ...unknown];
}

/** Reads the files that a start would read. */
async function usable({ skipped, problem }: Made, receiver: Receiver): Promise<Finding> {
  const opened = await openReceiver(receiver, { version: '', host: '' }, process.env);
  if (opened.kind === 'parts')
    return skipped(`${receiver.name} is valid; only a running instance knows whether it works`);
  return problem(`${receiver.name}: ${opened.detail}`, 'fix that file, or configure another');
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
