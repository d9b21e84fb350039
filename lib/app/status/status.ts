import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { z } from 'zod';

const texts = z.array(z.string()).readonly();
/** How many records, and the time at which that was so. */
const sizeAt = z.object({ size: z.number(), at: z.string() }).nullable();

/** The status of a running instance: one line of JSON. Times are ISO 8601 in UTC. */
export const statusSchema = z.object({
  version: z.string(),
  pid: z.number(),
  started: z.string(),
  now: z.string(),
  /** What an operator should look at; empty when all is well. */
  degraded: texts,
  stopping: z.boolean(),
  listeners: texts,
  policies: z.object({
    folder: z.string(),
    revision: z.string(),
    adopted: z.string(),
    checked: z.string(),
    rules: z.number(),
    policies: z.array(z.object({ name: z.string(), file: z.string(), mode: z.enum(['enforce', 'observe']) })),
    warnings: texts,
    /** The last change, if it was rejected and has not been fixed. */
    rejected: z.object({ at: z.string(), problems: texts }).nullable(),
  }),
  journal: z.object({
    folder: z.string(),
    state: z.string(),
    seq: z.number().nullable(),
    problem: z.string().nullable(),
    /** Why nothing is removed by `journal.keep-for` now, and for how much more uptime. `by_seconds`: how far the clock jumped. */
    removal_held: z
      .object({
        why: z.enum(['jumped', 'far_at_start', 'unreadable']),
        since: z.string(),
        by_seconds: z.number(),
        remaining_seconds: z.number(),
      })
      .nullable(),
  }),
  /** The newest signed checkpoint: how many records it covers, and when it was durable. */
  checkpoint: sizeAt,
  /** The receivers of signed checkpoints. */
  anchors: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['current', 'behind', 'stale', 'went_back']),
      /** The newest checkpoint it has: how many records that covers, and when it accepted it. */
      accepted: sizeAt,
      problem: z.string().nullable(),
    }),
  ),
  /** The receivers of the audit trail. */
  sinks: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['shipping', 'failing']),
      /** The last record that the receiver has accepted since the start. */
      accepted: z.object({ seq: z.number(), recorded: z.string(), at: z.string() }).nullable(),
      lag: z.object({ records: z.number(), seconds: z.number() }),
      problem: z.string().nullable(),
      failing_seconds: z.number(),
      /** Records that the journal had removed before they were sent. */
      missed: z.object({ records: z.number(), last: z.object({ from: z.number(), to: z.number() }).nullable() }),
      /** The record that is rejected and blocks later ones. */
      refused: z.number().nullable(),
      /** Records that were rejected and skipped. */
      skipped: z.number(),
    }),
  ),
  users: z
    .object({
      count: z.number(),
      challenge: z.enum(['on-need', 'always', 'never', 'no users file']),
      problems: texts,
      /** Log-ins since the start. `rate_limited` and `busy` ones were refused without a check. */
      log_ins: z.object({
        verified: z.number(),
        remembered: z.number(),
        rejected: z.number(),
        rate_limited: z.number(),
        busy: z.number(),
        waiting: z.number(),
      }),
    })
    .nullable(),
  connections: z.object({
    open: z.number(),
    tunnels: z.number(),
    limit: z.number(),
    /** Maximum connections of one client, and how many the client with the most has. */
    per_client_limit: z.number(),
    largest_client: z.number(),
    /** How many Listening Tentacles of one Octopus Server the limits are good for. */
    tentacles: z.number(),
    /** Limits that are reached, or were within the last seconds; `client` is null for the limit on all connections. */
    reached: z.array(
      z.object({
        limit: z.string(),
        client: z.string().nullable(),
        most: z.number(),
        refused: z.number(),
        since: z.string(),
      }),
    ),
    /** Connections closed without an answer since the start: too many were being refused. */
    dropped: z.number(),
    /** Connections closed since the start because their peer had gone. */
    gone: z.object({ client: z.number(), destination: z.number() }),
  }),
  attempts: z.object({
    allowed: z.number(),
    would_deny: z.number(),
    denied: z.number(),
    refused: z.number(),
    failed: z.number(),
    unrecorded: z.number(),
  }),
  dns: z.object({ cached: z.number(), limit: z.number() }),
  log: z.object({ dropped: z.number() }),
});

/** See {@link statusSchema}. */
export type Status = z.infer<typeof statusSchema>;

/** The path of a Unix socket or the name of a Windows pipe, or why there is none. */
export type StatusAddress =
  { readonly kind: 'address'; readonly path: string } | { readonly kind: 'no_address'; readonly detail: string };

// A Unix socket's path must fit into sockaddr_un, with its end mark: 108 bytes on Linux, 104 on BSD and macOS.
const longest = process.platform === 'linux' ? 107 : 103;

/** The address of the instance with this state folder. A path that is too long is tried relative to the working folder. */
export function statusAddress(state: string): StatusAddress {
  if (process.platform === 'win32') {
    const name = createHash('sha256').update(state.toLowerCase()).digest('hex').slice(0, 32);
    return { kind: 'address', path: `\\\\.\\pipe\\tidegate-${name}` };
  }
  const whole = join(state, 'status.sock');
  const path = [whole, relative(process.cwd(), whole)].find((each) => Buffer.byteLength(each) <= longest);
  if (path !== undefined) return { kind: 'address', path };
  return { kind: 'no_address', detail: `${whole} is longer than the ${longest} bytes a socket's path may have` };
}
