import { z } from 'zod';

const CHARACTERS = 1_024;
const text = z.string().min(1).max(CHARACTERS);

/** Which open traffic is meant, as `audit list` takes it. Everything given must hold. */
const selection = z.strictObject({
  user: text.optional(),
  client: text.optional(),
  destination: text.optional(),
  port: text.optional(),
  rule: text.optional(),
  policy: text.optional(),
});

/** The texts that select open traffic. */
export type Selection = z.infer<typeof selection>;

/** The most attempts that one request names. */
const MAX_ATTEMPTS = 1_000;
/** The most rows of a reply: what is made of more would hold the traffic back. */
export const MAX_ROWS = 5_000;

/** A request for a list: at most `limit` rows, the oldest first. */
const listRequest = z.strictObject({
  request: z.literal('tunnels'),
  select: selection,
  limit: z.number().int().min(0).max(MAX_ROWS).default(MAX_ROWS),
});

/** A request to end traffic: these attempts, or all that is selected. `by` and `why` go into the records. */
const cutRequest = z.strictObject({
  request: z.literal('cut'),
  attempts: z.array(text).max(MAX_ATTEMPTS),
  select: selection,
  by: z.string().min(1).max(100),
  why: z.string().max(200),
});

/** Everything that may be requested beside the status. */
export const requestSchema = z.discriminatedUnion('request', [listRequest, cutRequest]);

/** A request for a list. */
export type ListRequest = z.input<typeof listRequest>;

/** A request to end traffic. */
export type CutRequest = z.infer<typeof cutRequest>;

/** One tunnel, or one plain HTTP request, that passes. Names are those of the audit trail's records. */
const tunnelSchema = z.object({
  attempt: z.string(),
  request: z.enum(['tunnel', 'forward']),
  received: z.string(),
  age_seconds: z.number(),
  client: z.object({ ip: z.string(), port: z.number(), user: z.string().nullable() }),
  destination: z.object({ host: z.string(), port: z.number() }),
  /** The address that was dialled. */
  dialled: z.string(),
  /** The rule that holds, as `policy/id`; null where only observe mode lets it pass. */
  rule: z.string().nullable(),
  /** The reason for which enforcing would deny it, or null. */
  would_deny: z.string().nullable(),
  seen: z.string(),
  /** The facts that were checked, as in a `close` record. */
  checks: z.array(
    z.object({ fact: z.string(), outcome: z.string(), seen: z.string().nullable(), pinned: z.boolean() }),
  ),
  bytes_out: z.number(),
  bytes_in: z.number(),
});

/** See {@link tunnelSchema}. */
export type Tunnel = z.infer<typeof tunnelSchema>;

/** What is open: `open` is how many are selected, of which `tunnels` has the oldest. */
export const tunnelsSchema = z.object({
  reply: z.literal('tunnels'),
  at: z.string(),
  open: z.number(),
  tunnels: z.array(tunnelSchema),
});

/** See {@link tunnelsSchema}. */
export type Tunnels = z.infer<typeof tunnelsSchema>;

/** What was ended, as it was just before, and which of the attempts asked for are not open. */
export const cutSchema = z.object({
  reply: z.literal('cut'),
  at: z.string(),
  ended: z.number(),
  tunnels: z.array(tunnelSchema),
  not_open: z.array(z.string()),
  /** Whether the journal has the record of the action. */
  recorded: z.boolean(),
});

/** See {@link cutSchema}. */
export type Cut = z.infer<typeof cutSchema>;

/** A request that is not carried out, and why. */
export const rejectionSchema = z.object({ reply: z.literal('rejected'), problems: z.array(z.string()) });

/** See {@link rejectionSchema}. */
export type Rejection = z.infer<typeof rejectionSchema>;
