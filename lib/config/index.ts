/**
 * What tidegate was told: flags over `TIDEGATE_*` variables over a YAML file over defaults, read once into one frozen
 * value, or everything that is wrong with it at once. This room reads no environment and no arguments by itself (they are
 * handed in), and does not know what the parts do with their values. Start at `read-config.ts`; the keys are in
 * `settings.ts`, what each may hold is in `schema.ts`.
 */
export { readConfig } from './read-config.js';
export type { ConfigLine, ConfigReading, ConfigSources } from './read-config.js';
export type { AnchorConfig, Config, LogTransport, SecretSource, SinkConfig, TlsFiles } from './config.js';
export { settings, variableOf } from './settings.js';
export { formatListen } from './values.js';
