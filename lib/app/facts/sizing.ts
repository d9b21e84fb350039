import type { Config } from '../../config/index.js';

/** What the limits of connections are good for. */
export interface Sizing {
  /** Maximum client connections, and of one client. */
  readonly connections: number;
  readonly perClient: number;
  /** How many Listening Tentacles one Octopus Server may have. */
  readonly tentacles: number;
  /** Too few files may be open for the configured connections: what is short, and what to do. */
  readonly shortage: { readonly words: string; readonly remedy: string } | 'none';
}

/** Idle connections that Octopus Server (Halibut) keeps for each Tentacle. */
const PER_TENTACLE = 5;
/** The rest is for an Octopus Server's web requests and SSH. */
const FOR_TENTACLES = 0.9;
/** The client's connection, and the one to the destination. */
const FILES_PER_CONNECTION = 2;
/** The part of the files that connections may take: the rest is for the journal, DNS, sinks and the log. */
const FOR_CONNECTIONS = 0.95;

/** Works out what the limits are good for, with so many files that the process may have open. */
export function sizingOf(
  config: Pick<Config, 'limits.connections' | 'limits.connections-per-client'>,
  openFiles: number | 'unknown',
): Sizing {
  const connections = config['limits.connections'];
  const perClient = Math.min(config['limits.connections-per-client'], connections);
  const { needed, possible } = filesFor(connections, openFiles);
  const tentacles = Math.floor((Math.min(perClient, possible) * FOR_TENTACLES) / PER_TENTACLE);
  const isShort = possible < connections;
  const words = `too few files may be open: limits.connections is ${connections}, which takes ${needed}, and ${openFiles} may be open: enough for ${possible} connections`;
  const remedy = 'raise the limit (LimitNOFILE= in systemd, ulimit -n), or lower limits.connections';
  return { connections, perClient, tentacles, shortage: isShort ? { words, remedy } : 'none' };
}

/** How many files so many connections need, and how many connections so many files allow. */
export function filesFor(
  connections: number,
  openFiles: number | 'unknown',
): { readonly needed: number; readonly possible: number } {
  const needed = FILES_PER_CONNECTION * connections;
  if (openFiles === 'unknown') return { needed, possible: connections };
  return { needed, possible: Math.min(connections, Math.floor((openFiles * FOR_CONNECTIONS) / FILES_PER_CONNECTION)) };
}
