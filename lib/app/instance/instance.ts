import { formatListen } from '../../config/index.js';
import type { JournalState } from '../../journal/index.js';
import { closeEndless, endlessAttempts, journalTrail } from '../../review/index.js';
import type { Sinks } from '../../outbox/index.js';
import { errorMessage } from '../../system/index.js';
import { type AppContext, createRecording, type Recording, StartError } from '../context/index.js';
import { collectFacts, type InstanceFacts, type InstanceParts, openProxy, sizingOf } from '../facts/index.js';
import {
  anchorsPart,
  journalPart,
  metricsPart,
  policiesPart,
  proxyPart,
  sinksPart,
  usersPart,
} from '../parts/index.js';
import { ownVersion } from '../product/index.js';
import { serveStatus, statusOf } from '../status/index.js';
import { answerRequest } from '../tunnels/index.js';

/** How long the stop waits for sinks to accept the last records; the others are sent after the next start. */
const FLUSH_MS = 5_000;

/** A running tidegate: its parts, wired. */
export interface Instance extends InstanceParts {
  /** Reads policies, users and the system's DNS servers now. */
  readonly reread: () => Promise<void>;
  /** Stops admitting, lets open attempts end for `drainMs`, records the stop and closes every part. */
  readonly stop: (cause: string, drainMs: number) => Promise<void>;
}

/** Opens every part, the listeners last. Throws a {@link StartError} when one cannot be; what was opened is closed again. */
export async function startInstance(options: Omit<AppContext, 'recording'>): Promise<Instance> {
  const { config, log, openFiles } = options;
  const recording = createRecording(log);
  const context: AppContext = { ...options, recording };
  const closing: (() => unknown)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  let changed = (): void => undefined;
  let stopping = false;
  try {
    const users = await usersPart(context);
    if (users !== 'off') closing.push(users.close);
    const repository = await policiesPart(context, () => changed());
    closing.push(repository.close);
    const anchors = await anchorsPart(context);
    closing.push(() => anchors.close(stopping ? FLUSH_MS : 0));
    // The journal's last line is written when it closes, and sinks are to have it too: they are closed after it.
    let sinks: Sinks | 'none' = 'none';
    closing.push(() => (sinks === 'none' ? undefined : sinks.close(stopping ? FLUSH_MS : 0)));
    const journal = await journalPart(context, anchors);
    closing.push(journal.close);
    sinks = await sinksPart(context, journal);
    const metrics = await metricsPart(context);
    closing.push(metrics.close);
    // From here on clients may come: what is recorded later was not left open by an earlier process.
    const before = journal.state();
    const proxy = await proxyPart(context, users, repository, journal, metrics.listeners);
    closing.push(() => proxy.stop(0));
    const started = new Date();
    const parts = { config, proxy, repository, users, journal, sinks, anchors, log, started, openFiles };
    changed = () => policyChanged(parts);
    const { endless } = await recordStart(context, parts, before);
    warnIfOpen(parts);
    warnIfShort(parts);
    const facts = (): InstanceFacts => collectFacts(parts, stopping, new Date());
    metrics.serveFacts(facts);
    closing.push(await openSocket(parts, facts, recording));
    return {
      ...parts,
      reread: async () => {
        proxy.rereadDns();
        await Promise.all([repository.refresh(), users === 'off' ? undefined : users.reload()]);
      },
      stop: async (cause, drainMs) => {
        stopping = true;
        await recordStop(context, cause, await proxy.stop(drainMs), await endless);
        await closeAll();
      },
    };
  } catch (thrown) {
    await closeAll();
    throw thrown;
  }
}

/** Opens the status socket, and gives what closes it. An instance without one still does its work. */
async function openSocket(
  { config, proxy, log }: InstanceParts,
  facts: () => InstanceFacts,
  { record }: Recording,
): Promise<() => Promise<void>> {
  const tunnels = { passing: proxy.passing, record, log, now: () => new Date() };
  const socket = await serveStatus(config.state, {
    status: () => statusOf(facts()),
    request: (line) => answerRequest(line, tunnels),
  });
  if (socket.kind === 'serving') return socket.close;
  log.warn('status socket unavailable', { detail: socket.detail });
  return () => Promise.resolve();
}

function policyChanged(parts: InstanceParts): void {
  parts.proxy.policyChanged();
  warnIfOpen(parts);
}

function warnIfOpen({ config, proxy, repository, log }: InstanceParts): void {
  const open = openProxy(config, proxy.listeners, repository.current());
  if (open !== 'none') log.warn(open.words, { remedy: open.remedy });
}

const MISSING_ENDS = 'attempts without a recorded end; the next start records that they have ended';

/** Records the stop. The next start looks for attempts without an end back to this record only, unless it misses some. */
async function recordStop(
  { recording, log }: AppContext,
  cause: string,
  { ended, missing }: Awaited<ReturnType<InstanceParts['proxy']['stop']>>,
  before: number | 'not_known',
): Promise<void> {
  const missingEnds = before === 'not_known' ? before : before + missing;
  if (missingEnds !== 0) log.error(MISSING_ENDS, { attempts: missingEnds });
  await recording.record({ kind: 'stop', cause, openAttempts: ended, missingEnds });
}

function warnIfShort({ config, openFiles, log }: InstanceParts): void {
  const { shortage } = sizingOf(config, openFiles);
  if (shortage !== 'none') log.warn(shortage.words, { remedy: shortage.remedy });
}

/** Records the start and what is in force, and begins to close the attempts that an earlier process left open. */
async function recordStart(
  context: AppContext,
  { proxy, repository }: InstanceParts,
  before: JournalState,
): Promise<{ readonly endless: Promise<number | 'not_known'> }> {
  const { recording, config } = context;
  const { revision, ruleCount: rules } = repository.current();
  const listeners = proxy.listeners.map(formatListen);
  const version = ownVersion();
  const written = await Promise.all([
    recording.record({ kind: 'start', version, node: process.version, pid: process.pid, listeners, revision }),
    recording.record({ kind: 'policy', outcome: 'adopted', revision, previous: 'none', rules, problems: [] }),
  ]);
  if (written.some((each) => !each) || before.kind !== 'writing') {
    throw new StartError('start_unrecorded', `cannot record the start in the journal "${config['journal.folder']}"`);
  }
  return { endless: endEndless(context, before.seq + 1) };
}

/**
 * Writes the close record of every attempt that an earlier process left without one. Only the stop waits for it. Gives how many
 * could not be written.
 */
async function endEndless({ config, log, recording }: AppContext, beforeSeq: number): Promise<number | 'not_known'> {
  try {
    const endless = await endlessAttempts(journalTrail(config['journal.folder']), beforeSeq);
    if (endless.length === 0) return 0;
    log.warn('attempts left without an end by the last run; writing their close records', { attempts: endless.length });
    const written = await Promise.all(endless.map((attempt) => recording.record(closeEndless(attempt))));
    return written.filter((each) => !each).length;
  } catch (error) {
    log.error('cannot read the attempts that the last run left without an end', { detail: errorMessage(error) });
    return 'not_known';
  }
}
