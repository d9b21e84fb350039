import type { LimitNotices, ReachedLimit } from './reached-limits.js';

type LogLine = (event: string, fields: Readonly<Record<string, unknown>>) => void;

/** Writes one line when a limit is reached, and one when it is left. */
export function limitLog(log: { readonly warn: LogLine; readonly info: LogLine }): LimitNotices {
  return {
    reached: (limit) => log.warn('connection limit reached; further connections are refused', fieldsOf(limit)),
    left: (limit) => log.info('connection limit no longer reached', { ...fieldsOf(limit), refused: limit.refused }),
  };
}

function fieldsOf({ limit, client, most }: ReachedLimit): Readonly<Record<string, unknown>> {
  return { limit, connections: most, ...(limit === 'limits.connections' ? {} : { client }) };
}
