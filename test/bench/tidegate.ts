/** tidegate itself as a contestant, started as its users start it. */
import type { Starter } from './contestants.js';

/** Starts bin/tidegate with a policy that lets 127.0.0.0/8 out and a journal in `folder`. */
export const startTidegateForBench: Starter = () => Promise.resolve({ absent: 'not built yet' });
