import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** One number, under its labels. */
export interface Reading {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Numbers of one kind. A counter only ever grows while the process lives. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly labels: readonly string[];
  /** Called each time somebody asks. */
  readonly read: () => readonly Reading[];
}

/** What a scrape gets. */
export interface Exposition {
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/** Makes the text of all families, and of the process itself (CPU, memory, event loop, descriptors). */
export function createExposition(families: readonly Family[]): Exposition {
  const register = new Registry();
  collectDefaultMetrics({ register });
  for (const family of families) registerFamily(register, family);
  return { contentType: register.contentType, text: () => register.metrics() };
}

function registerFamily(register: Registry, { name, help, type, labels, read }: Family): void {
  const definition = { name, help, labelNames: [...labels], registers: [register] };
  if (type === 'gauge') {
    new Gauge({
      ...definition,
      collect() {
        this.reset();
        // Without labels a reset leaves a zero, which is a number too.
        if (labels.length === 0) this.remove();
        for (const { labels: under = {}, value } of read()) this.set(under, value);
      },
    });
    return;
  }
  new Counter({
    ...definition,
    collect() {
      this.reset();
      for (const { labels: under = {}, value } of read()) this.inc(under, value);
    },
  });
}
