import type { AppContext } from '../context/index.js';
import type { AnchorConfig, SecretSource, SinkConfig } from '../../config/index.js';
import { readTrust, type Secret, secretInFile } from '../../outbox/index.js';
import type { Trust } from '../../outbox/receivers/index.js';
import { errorMessage } from '../../system/index.js';

/** A secret, and the header that it is sent in. */
type HeaderSecret = { readonly secret: Secret; readonly header: string; readonly before: string } | 'none';

/** What a connection to a receiver needs, read from its files, or why it cannot be read. */
type ReceiverAccess =
  | { readonly kind: 'access'; readonly trust: Trust | 'plain'; readonly secret: HeaderSecret }
  | { readonly kind: 'problem'; readonly detail: string };

/** Reads the secret and the certificates of a sink or an anchor: what is missing at the start will hardly appear later. */
export async function openReceiver(
  { secret, tls }: Pick<AnchorConfig | SinkConfig, 'secret' | 'tls'>,
  env: AppContext['env'],
): Promise<ReceiverAccess> {
  const source = secretOf(secret.source, env);
  if (source !== 'none') {
    try {
      await source();
    } catch (error) {
      return { kind: 'problem', detail: errorMessage(error) };
    }
  }
  const trust = tls === 'plain' ? tls : await readTrust(tls);
  if (trust !== 'plain' && trust.kind === 'problem') return trust;
  return { kind: 'access', trust, secret: source === 'none' ? source : { ...secret, secret: source } };
}

function secretOf(source: SecretSource, env: AppContext['env']): Secret | 'none' {
  if (source === 'none') return source;
  if (source.kind === 'file') return secretInFile(source.path);
  return () => {
    const value = env[source.name] ?? '';
    if (/^[!-~]+$/.test(value)) return Promise.resolve(value);
    return Promise.reject(new Error(`environment variable ${source.name} is not set to printable ASCII`));
  };
}
