import { formatListen } from '../../config/index.js';
import type { ListenAddress } from '../../proxy/index.js';
import { counted } from '../../system/values/index.js';
import { type AppContext, StartError } from '../context/index.js';
import type { InstanceFacts } from '../facts/index.js';
import { createExposition, type Exposition, families, type Health, serveMetrics } from '../metrics/index.js';

/** The listener for metrics, and the source of its numbers. */
interface MetricsPart {
  readonly listeners: readonly ListenAddress[];
  /** Serves these facts from now on. */
  readonly serveFacts: (facts: () => InstanceFacts) => void;
  readonly close: () => Promise<void>;
}

const OFF: MetricsPart = { listeners: [], serveFacts: () => undefined, close: () => Promise.resolve() };

/**
 * Opens the listener for metrics, if one is configured: before the proxy, which must refuse to connect to it. A process is
 * healthy while it admits attempts: its journal is writable, it has a policy, and it is not stopping. Throws a {@link StartError}.
 */
export async function metricsPart({ config }: Pick<AppContext, 'config'>): Promise<MetricsPart> {
  const listen = config['metrics.listen'];
  if (listen === 'off') return OFF;
  let exposition: Exposition | 'starting' = 'starting';
  let health = (): Health => ({ kind: 'refusing', words: 'starting' });
  const served = await serveMetrics({ listen, exposition: () => exposition, health: () => health() });
  if (served.kind === 'problem') {
    throw new StartError('cannot_listen', `cannot listen on ${formatListen(listen)} (${served.code})`, [
      'choose another address with metrics.listen',
    ]);
  }
  return {
    listeners: [served.address],
    serveFacts: (facts) => {
      exposition = createExposition(families, facts);
      health = () => healthOf(facts());
    },
    close: served.close,
  };
}

function healthOf({ journal, policies, stopping, degraded }: InstanceFacts): Health {
  const { kind } = journal.state;
  const refusing = (why: string): Health => ({ kind: 'refusing', words: why });
  if (kind !== 'writing') return refusing(`the journal is not writable (${kind}); all traffic is refused`);
  if (stopping) return refusing('stopping');
  if (policies.policies.length === 0) return refusing('no policy is loaded; all traffic is refused');
  // Not refusing: whatever restarts what is unhealthy would take the set in force away, which a start might not get again.
  if (degraded.length === 0) return { kind: 'admitting', words: 'well' };
  const problems = counted(degraded.length, 'problem');
  return { kind: 'admitting', words: `degraded: ${problems}, listed by tidegate status` };
}
