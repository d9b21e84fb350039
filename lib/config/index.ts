/**
 * The configuration: flags over `TIDEGATE_*` variables over a YAML file over defaults, read once into one frozen value, or
 * all its problems at once. Every setting is one row of the table in `settings.ts`: start there. `read-config.ts` reads the
 * layers by it; `kinds.ts` and `network.ts` hold the kinds of values, `fields.ts` the rows of nested mappings. This room
 * reads no environment and no arguments by itself (they are handed in), and does not know what the parts do with their values.
 */
export { readConfig } from './read-config.js';
export type { ConfigLine, ConfigReading, ConfigSources } from './read-config.js';
export { flagOf, keys, settings, variableOf } from './settings.js';
export type { Config } from './settings.js';
export type { AnchorConfig } from './anchors.js';
export type { SinkConfig } from './sinks.js';
export type { LogTransport } from './receivers.js';
export { formatListen } from './network.js';
