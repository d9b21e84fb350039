import { formatListen } from '../../config/index.js';
import type { ListenAddress } from '../../proxy/index.js';
import { type AppContext, StartError } from '../context/index.js';
import type { InstanceFacts } from '../facts/index.js';
import { createExposition, type Exposition, families, serveMetrics } from '../metrics/index.js';

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
 * healthy while it admits attempts: its journal is writable, and it is not stopping. Throws a {@link StartError}.
 */
export async function metricsPart({ config }: Pick<AppContext, 'config'>): Promise<MetricsPart> {
  const listen = config['metrics.listen'];
  if (listen === 'off') return OFF;
  let exposition: Exposition | 'starting' = 'starting';
  let health = (): string => 'starting';
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

function healthOf({ journal, stopping }: InstanceFacts): string {
  const { kind } = journal.state;
  if (kind !== 'writing') return `the journal is not writable (${kind}); all traffic is refused`;
  return stopping ? 'stopping' : 'well';
}
