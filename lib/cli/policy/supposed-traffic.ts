import type { Host } from '../../address/index.js';
import type { Intent, Observation } from '../../attempt/index.js';
import { observationOfTexts } from '../../policy/index.js';
import { failure, type Failure, type Input } from '../console/index.js';

/** The traffic that the options describe, or that they describe none. */
export type SupposedTraffic =
  { readonly kind: 'traffic'; readonly observation: Observation } | { readonly kind: 'none' };

/** Reads the options about traffic in the tunnel. */
export function readTraffic(input: Input, host: Host, intent: Intent): SupposedTraffic | Failure {
  const text = (option: string): string | undefined => {
    return input.has(option) ? input.text(option) : undefined;
  };
  const supposed = observationOfTexts(
    {
      serverName: text('server-name'),
      thumbprint: text('thumbprint'),
      clientThumbprint: text('client-thumbprint'),
      hostKey: text('host-key'),
    },
    host,
  );
  if (supposed.kind === 'problems') {
    const [problem] = supposed.problems;
    return failure('usage', problem.message, ...(problem.hint === 'none' ? [] : [problem.hint]));
  }
  const seen = supposed.value;
  if (seen === 'not_described') return { kind: 'none' };
  if (seen === 'two_protocols') return failure('usage', 'a tunnel carries TLS or SSH, not both');
  if (intent.kind === 'tunnel') return { kind: 'traffic', observation: seen };
  return failure('usage', 'a plain request has no server name, thumbprint or host key', 'use CONNECT host:port');
}
