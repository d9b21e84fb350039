import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** One number, under its labels. */
export interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Numbers of one kind, read from a snapshot. A counter only ever grows while the process lives. */
export interface Family<S> {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly labels: readonly string[];
  readonly read: (snapshot: S) => readonly Reading[];
}

/** The response to a scrape. */
export interface Exposition {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/** Gauges of prom-client that are named as counters are, which `promtool check metrics` refuses. They are sums of others. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/**
 * Makes the text of all families, and of the process itself (CPU, memory, event loop, descriptors). `take` gives the
 * snapshot that all families of one scrape are read from.
 */
export function createExposition<S>(families: readonly Family<S>[], take: () => S): Exposition {
  const register = new Registry();
  collectDefaultMetrics({ register });
  for (const name of MISNAMED) register.removeSingleMetric(name);
  let snapshot = take();
  for (const family of families) registerFamily(register, family, () => snapshot);
  return {
    contentType: register.contentType,
    text: () => {
      snapshot = take();
      return register.metrics();
    },
  };
}

function registerFamily<S>(register: Registry, family: Family<S>, snapshot: () => S): void {
  const { name, help, type, labels, read } = family;
  const collect = (): void => {
    metric.reset();
    // Without labels a reset leaves a zero, which is a number too.
    if (labels.length === 0) metric.remove();
    for (const { labels: under = {}, value } of read(snapshot())) metric.inc(under, value);
  };
  const definition = { name, help, labelNames: [...labels], registers: [register], collect };
  const metric = type === 'gauge' ? new Gauge(definition) : new Counter(definition);
}
