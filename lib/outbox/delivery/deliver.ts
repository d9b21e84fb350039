import { errorMessage, untilAborted } from '../../system/index.js';
import { type Delivery, unavailable } from '../receivers/index.js';
import type { Sink, SinkRecord } from '../sinks/index.js';
import type { DeliveryHealth } from './delivery-health.js';

/** How records are delivered. */
export interface DeliveryOptions {
  readonly sink: Sink;
  readonly health: DeliveryHealth;
  readonly signal: AbortSignal;
  /** Decides about one record that the receiver refuses. */
  readonly onRefused: (record: SinkRecord, detail: string) => 'retry' | 'skip';
  /** Whether these records are no longer the ones to send; asked after a failure. */
  readonly isOutdated: () => boolean;
}

/**
 * Sends records until the receiver has all of them, or they were skipped as the configuration says; a batch that is refused
 * is narrowed down to the records at fault. `outdated`: others are to be sent first. `stopped`: the signal.
 */
export async function deliver(
  records: readonly SinkRecord[],
  options: DeliveryOptions,
): Promise<'delivered' | 'outdated' | 'stopped'> {
  const { signal, health, onRefused, isOutdated } = options;
  const stopped = (): boolean => signal.aborted;
  const [only, ...others] = records;
  if (only === undefined) return 'delivered';
  while (!stopped()) {
    const delivery = await send(records, options);
    const refused = delivery.kind === 'refused';
    if (refused && others.length > 0) {
      // The receiver does not say which of them is at fault: halves are tried, down to single records.
      const middle = Math.ceil(records.length / 2);
      const first = await deliver(records.slice(0, middle), options);
      return first === 'delivered' ? deliver(records.slice(middle), options) : first;
    }
    if (delivery.kind === 'accepted' || (refused && onRefused(only, delivery.detail) === 'skip')) {
      health.accepted();
      return 'delivered';
    }
    if (stopped()) break;
    await health.failed(delivery.detail, signal, refused ? 'unsaid' : delivery.retryAfterMs);
    if (isOutdated()) return 'outdated';
  }
  return 'stopped';
}

async function send(records: readonly SinkRecord[], { sink, signal }: DeliveryOptions): Promise<Delivery> {
  try {
    return await untilAborted(sink.send(records, signal), signal, unavailable('stopped'));
  } catch (error) {
    // A sink that throws is a bug, which must not end the feed.
    return unavailable(`unexpected error: ${errorMessage(error)}`);
  }
}
