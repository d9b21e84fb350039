import type { AnchorConfig, SinkConfig } from '../../../config/index.js';
import { openReceiver } from '../../../app/parts/index.js';
import { printable } from '../../../app/terminal/index.js';
import type { Status } from '../../../app/status/index.js';
import { type Finding, findingsOf, type Installation } from './finding.js';

type Made = ReturnType<typeof findingsOf>;
type Receiver = Pick<AnchorConfig | SinkConfig, 'name' | 'secret' | 'tls'>;

const RESTART = 'restart tidegate to take the configuration over';

/** Style at the anchors: how the running instance fares with each, or whether a start could use them. */
export function checkAnchors({ config, status }: Installation): Promise<readonly Finding[]> {
  const told = status.kind === 'status' ? status.status.anchors : 'not_running';
  return check(findingsOf('anchors'), config.anchors, told, anchorFinding);
}

/** Style at the sinks in the same way. */
export function checkSinks({ config, status }: Installation): Promise<readonly Finding[]> {
  const told = status.kind === 'status' ? status.status.sinks : 'not_running';
  return check(findingsOf('sinks'), config.sinks, told, sinkFinding);
}

async function check<T extends { readonly name: string }>(
  made: Made,
  configured: readonly Receiver[],
  told: readonly T[] | 'not_running',
  finding: (of: T) => Finding,
): Promise<readonly Finding[]> {
  if (told === 'not_running') {
    if (configured.length === 0) return [made.skipped('none are configured')];
    return Promise.all(configured.map((each) => usable(made, each)));
  }
  const names = new Set(told.map(({ name }) => name));
  const missing = configured.filter(({ name }) => !names.has(name));
  if (told.length + missing.length === 0) return [made.skipped('none are configured')];
  const unknown = missing.map(({ name }) =>
    made.warning(`${name} is configured, and the running tidegate has none such`, RESTART),
  );
  return [...told.map(finding), ...unknown];
}

/** Reads the files that a start would read for it. */
async function usable({ skipped, problem }: Made, receiver: Receiver): Promise<Finding> {
  const access = await openReceiver(receiver, process.env);
  if (access.kind === 'access')
    return skipped(`${receiver.name} can be set up; whether it works is known to a running tidegate only`);
  return problem(`${receiver.name}: ${access.detail}`, 'fix that file, or name another in the configuration');
}

function anchorFinding({ name, state, accepted, problem: told }: Status['anchors'][number]): Finding {
  const { ok, warning, problem } = findingsOf('anchors');
  const has = accepted === null ? 'has nothing yet' : `has ${accepted.size} records since ${accepted.at}`;
  const words = `${name} ${has}${told === null ? '' : `: ${printable(told)}`}`;
  switch (state) {
    case 'current':
      return ok(words);
    case 'behind':
      return warning(words, 'it is tried again by itself; see that it runs and can be reached');
    case 'stale':
      return problem(words, 'see that it runs and can be reached: it has not advanced for five minutes');
    case 'went_back':
      return problem(words, 'the journal says less than the anchor has: see docs/operations.md, anchors');
  }
}

function sinkFinding(sink: Status['sinks'][number]): Finding {
  const { ok, warning, problem } = findingsOf('sinks');
  const { name, state, lag, problem: told, refused, missed } = sink;
  const words = `${name} ${state}, ${lag.records} records behind${told === null ? '' : `: ${printable(told)}`}`;
  if (refused !== null)
    return problem(`${words}; it refuses record ${refused}`, 'mend the receiver, or set refused: skip');
  if (state === 'failing') return warning(words, 'records wait in the journal; see that its receiver can be reached');
  if (missed.records > 0)
    return problem(`${words}; it never got ${missed.records}`, 'send those from a copy of the journal');
  return ok(words);
}
