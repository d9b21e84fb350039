import { formatListen } from '../../config/index.js';
import { createExposition, type Exposition, serveMetrics } from '../../metrics/index.js';
import { exitCodes } from '../console/index.js';
import { familiesOf, type Measured } from '../metrics/index.js';
import { NotStarted, type Surroundings } from './parts.js';

/** Where metrics are served, and how they come to be. */
export interface MetricsPart {
  readonly listeners: readonly { readonly host: string; readonly port: number }[];
  /** From now on there are numbers. */
  readonly measure: (measured: Measured, stopping: () => boolean) => void;
  readonly close: () => Promise<void>;
}

const OFF: MetricsPart = { listeners: [], measure: () => undefined, close: () => Promise.resolve() };

/**
 * Opens the listener for metrics, if there is to be one: before the proxy's, which must know it as one of our own. Well is
 * a process that admits attempts: its journal is being written, and it is not stopping. Throws {@link NotStarted}.
 */
export async function metricsPart({ config }: Pick<Surroundings, 'config'>): Promise<MetricsPart> {
  const { listen } = config.metrics;
  if (listen === 'off') return OFF;
  let exposition: Exposition | 'starting' = 'starting';
  let health = (): string => 'starting';
  const served = await serveMetrics({ listen, exposition: () => exposition, health: () => health() });
  if (served.kind === 'problem') {
    throw new NotStarted(exitCodes.cannotListen, `cannot listen on ${formatListen(listen)} (${served.code})`, [
      'choose another address with metrics.listen',
    ]);
  }
  return {
    listeners: [served.address],
    measure: (measured, stopping) => {
      exposition = createExposition(familiesOf(measured));
      health = () => {
        const { kind } = measured.journal.state();
        if (kind !== 'writing') return `the journal is not being written (${kind}): nothing gets out`;
        return stopping() ? 'stopping' : 'well';
      };
    },
    close: served.close,
  };
}
