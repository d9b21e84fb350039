import type { Host } from '../../address/index.js';
import type { Intent, Observation } from '../../attempt/index.js';
import { observationOfTexts } from '../../policy/index.js';
import { fail, type Input } from '../console/index.js';

/** Reads the traffic in the tunnel that the options describe. */
export function readTraffic(input: Input, host: Host, intent: Intent): Observation | 'not_given' {
  const text = (option: string): string | undefined => {
    return input.has(option) ? input.text(option) : undefined;
  };
  const supposed = observationOfTexts(
    {
      'server-name': text('server-name'),
      thumbprint: text('thumbprint'),
      'client-thumbprint': text('client-thumbprint'),
      'host-key': text('host-key'),
    },
    host,
  );
  if (supposed.kind === 'problems') {
    const [problem] = supposed.problems;
    fail('usage', problem.message, ...(problem.hint === 'none' ? [] : [problem.hint]));
  }
  const seen = supposed.value;
  if (seen === 'not_given') return seen;
  if (seen === 'two_protocols') fail('usage', 'a tunnel carries TLS or SSH, not both');
  if (intent.kind === 'tunnel') return seen;
  fail('usage', 'a plain request has no server name, thumbprint or host key', 'use CONNECT host:port');
}
