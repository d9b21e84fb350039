import { type Config, formatListen } from '../../config/index.js';
import type { JournalState } from '../../journal/index.js';
import type { Proxy } from '../../proxy/index.js';
import type { Repository } from '../../repository/index.js';
import type { Sinks } from '../../outbox/index.js';
import { closeAfterCrash, journalTrail, openAttempts } from '../../review/index.js';
import { errorMessage } from '../../system/index.js';
import { exitCodes, ownVersion } from '../console/index.js';
import type { Log } from '../log/index.js';
import { anchorsPart } from './anchors-part.js';
import { metricsPart } from './metrics-part.js';
import { journalPart, NotStarted, policiesPart, proxyPart, type Surroundings, usersPart } from './parts.js';
import { createRecording } from './recording.js';
import { sinksPart } from './sinks-part.js';
import type { Measured } from '../metrics/index.js';
import { tellStatus } from '../status/index.js';
import { degradations, type Reported, statusOf } from './status-report.js';

/** How long the end waits for sinks to take the last records; the others go with the next start. */
const FLUSH_MS = 5_000;

/** tidegate running: its parts, wired. */
export interface Instance extends Reported {
  /** Looks at policies and users now. */
  readonly reread: () => Promise<void>;
  /** Stops admitting, lets open attempts end for `drainMs`, records the stop and closes every part. */
  readonly stop: (cause: string, drainMs: number) => Promise<void>;
}

/** Opens every part, the listeners last. Throws {@link NotStarted} when one cannot be; what was opened is closed again. */
export async function startInstance(config: Config, log: Log, folder: string): Promise<Instance> {
  const recording = createRecording(log);
  const around: Surroundings = { config, log, recording, folder };
  const closing: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  let changed = (): void => undefined;
  let stopping = false;
  try {
    const users = await usersPart(around);
    if (users !== 'off') closing.push(users.close);
    const repository = await policiesPart(around, () => changed());
    closing.push(repository.close);
    const anchors = await anchorsPart(around);
    closing.push(() => anchors.close(stopping ? FLUSH_MS : 0));
    // The journal's last line is written when it closes, and sinks are to have it too: they are closed after it.
    let shipping: Sinks | 'none' = 'none';
    closing.push(() => (shipping === 'none' ? undefined : shipping.close(stopping ? FLUSH_MS : 0)));
    const journal = await journalPart(around, anchors);
    closing.push(journal.close);
    shipping = await sinksPart(around, journal);
    const metrics = await metricsPart(around);
    closing.push(metrics.close);
    // From here on clients may come: what is recorded later was not left open by an earlier process.
    const before = journal.state();
    const proxy = await proxyPart(around, users, repository, journal, metrics.listeners);
    closing.push(() => proxy.stop(0));
    changed = proxy.policyChanged;
    const { crashed } = await recordStart(around, proxy, repository, before);
    const reread = async (): Promise<void> => {
      await Promise.all([repository.refresh(), users === 'off' ? undefined : users.reload()]);
    };
    const stop = async (cause: string, drainMs: number): Promise<void> => {
      stopping = true;
      const { ended } = await proxy.stop(drainMs);
      // The next start looks for attempts without an end as far back as this record only.
      await crashed;
      await recording.record({ kind: 'stop', cause, openAttempts: ended });
      await closeAll();
    };
    const parts = { config, proxy, repository, users, journal, shipping, anchors, log };
    const instance = { ...parts, started: new Date(), reread, stop };
    metrics.measure(measuredOf(instance), () => stopping);
    const telling = await tellStatus(config.state, () => statusOf(instance, stopping, new Date()));
    // An instance that cannot tell its status still does its work.
    if (telling.kind === 'not_telling') log.warn('tidegate status will not work', { detail: telling.detail });
    else closing.push(telling.close);
    return instance;
  } catch (thrown) {
    await closeAll();
    throw thrown;
  }
}

/** What monitoring is told of. */
function measuredOf(instance: Reported): Measured {
  const { config, log, proxy, repository, journal, shipping, anchors, started } = instance;
  return {
    ...{ version: ownVersion(), proxy, repository, journal, shipping, anchors, started },
    limits: { connections: config.limits.connections, names: config.dns.cache },
    degraded: () => degradations(instance),
    droppedLogLines: log.dropped,
  };
}

/** Records the start and what is in force, and begins to look for attempts that an earlier process left open. */
async function recordStart(
  around: Surroundings,
  proxy: Proxy,
  repository: Repository,
  before: JournalState,
): Promise<{ readonly crashed: Promise<void> }> {
  const { recording, config } = around;
  const { revision, ruleCount: rules } = repository.current();
  const listeners = proxy.listeners.map(formatListen);
  const start = {
    kind: 'start',
    version: ownVersion(),
    node: process.version,
    pid: process.pid,
    listeners,
    revision,
  } as const;
  const adopted = { kind: 'policy', outcome: 'adopted', revision, previous: 'none', rules, problems: [] } as const;
  const written = await Promise.all([recording.record(start), recording.record(adopted)]);
  if (written.some((each) => !each) || before.kind !== 'writing') {
    throw new NotStarted(exitCodes.cannotWrite, `the start cannot be recorded in ${config.journal.folder}`);
  }
  return { crashed: closeCrashed(around, before.seq + 1) };
}

/** Writes the end of every attempt that was open when an earlier process died. Nothing waits for it but the stop. */
async function closeCrashed({ config, log, recording }: Surroundings, beforeSeq: number): Promise<void> {
  try {
    const open = await openAttempts(journalTrail(config.journal.folder), { beforeSeq });
    if (open.length === 0) return;
    log.warn('attempts were open when tidegate ended without a stop; their ends are recorded now', {
      attempts: open.length,
    });
    await Promise.all(open.map((attempt) => recording.record(closeAfterCrash(attempt))));
  } catch (error) {
    const detail = errorMessage(error);
    log.error('the attempts that were open at the last end cannot be read', { detail });
  }
}
