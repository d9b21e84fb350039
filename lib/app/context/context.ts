import type { Config } from '../../config/index.js';
import type { Log } from '../log/index.js';
import type { Recording } from './recording.js';

/** What the parts of an instance share. */
export interface AppContext {
  readonly config: Config;
  readonly log: Log;
  readonly recording: Recording;
  /** The folder of the configuration file, where packages are looked for first. */
  readonly folder: string;
  /** The environment variables, in which secrets may be kept. */
  readonly env: Readonly<Record<string, string | undefined>>;
}
