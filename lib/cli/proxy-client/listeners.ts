import type { StatusAnswer } from '../../app/status/index.js';
import type { Config } from '../../config/index.js';

/** A host name, or an address without brackets, and a port that clients connect to. */
export interface ListenerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * The listeners of the running instance, or the configured ones if it gives no status. Each is an address that a client
 * can connect to: loopback for a wildcard; a port that is chosen at the start is left out.
 */
export function listenersOf({ listen }: Pick<Config, 'listen'>, status: StatusAnswer): readonly ListenerAddress[] {
  const listeners = status.kind === 'status' ? status.status.listeners.map(parseListener) : listen;
  return listeners.filter(({ port }) => port !== 0).map(({ host, port }) => ({ host: LOOPBACK[host] ?? host, port }));
}

const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

function parseListener(text: string): ListenerAddress {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}
