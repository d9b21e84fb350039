import type { LookupFunction } from 'node:net';
import { readSecret, type SecretReading, type SecretSource } from './secret.js';
import { readTrust, type Trust, type TrustFiles } from './trust.js';

/** How this instance is named to receivers. */
export interface SenderIdentity {
  readonly version: string;
  readonly host: string;
}

/** How a receiver is reached, as the configuration describes it. */
export interface ReceiverConfig {
  readonly timeoutMs: number;
  readonly tls: TrustFiles | 'plain';
  readonly headers: Readonly<Record<string, string>>;
  /** The header that the secret is sent in, and what precedes it there. */
  readonly secret: { readonly source: SecretSource | 'none'; readonly header: string; readonly before: string };
}

/** What reaching a receiver takes apart from its address. */
export interface ReceiverParts {
  readonly from: SenderIdentity;
  readonly timeoutMs: number;
  readonly trust: Trust | 'plain';
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: HeaderSecret | 'none';
  /** How its host is looked up. */
  readonly lookup: LookupFunction;
}

/** A header whose value is a secret, which is read for every use, so that a changed one is used at once. */
export interface HeaderSecret {
  readonly header: string;
  readonly before: string;
  readonly read: () => Promise<SecretReading>;
}

/** The parts of a receiver, or why it cannot be used. */
export type ReceiverOpening =
  | { readonly kind: 'parts'; readonly parts: Omit<ReceiverParts, 'lookup'> }
  | { readonly kind: 'problem'; readonly detail: string };

/** Reads the secret and the certificates of a receiver: what is missing at the start will hardly appear later. */
export async function openReceiver(
  { timeoutMs, tls, headers, secret }: ReceiverConfig,
  from: SenderIdentity,
  env: NodeJS.ProcessEnv,
): Promise<ReceiverOpening> {
  const { source, header, before } = secret;
  const found = source === 'none' ? source : await readSecret(source, env);
  if (found !== 'none' && found.kind === 'problem') return found;
  const trust = tls === 'plain' ? tls : await readTrust(tls);
  if (trust !== 'plain' && trust.kind === 'problem') return trust;
  const read = source === 'none' ? source : () => readSecret(source, env);
  return {
    kind: 'parts',
    parts: { from, timeoutMs, trust, headers, secret: read === 'none' ? read : { header, before, read } },
  };
}
