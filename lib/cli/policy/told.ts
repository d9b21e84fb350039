import type { Command } from 'commander';
import type { Host } from '../../address/index.js';
import type { Intent, Observation } from '../../attempt/index.js';
import { observationOfTexts } from '../../policy/index.js';
import { complain, type ExitCode, exitCodes } from '../console/index.js';

/** What would go through the tunnel, as far as options say it; an exit code if they say what cannot be. */
export function toldOf(command: Command, host: Host, intent: Intent): Observation | 'not_given' | ExitCode {
  const text = (option: string): string | undefined => {
    const value: unknown = command.getOptionValue(option);
    return typeof value === 'string' ? value : undefined;
  };
  const read = observationOfTexts(
    {
      serverName: text('serverName'),
      thumbprint: text('thumbprint'),
      clientThumbprint: text('clientThumbprint'),
      hostKey: text('hostKey'),
    },
    host,
  );
  if (read.kind === 'problems') {
    const [problem] = read.problems;
    return complain(exitCodes.usage, problem.message, ...(problem.hint === 'none' ? [] : [problem.hint]));
  }
  const seen = read.value;
  if (seen === 'not_described') return 'not_given';
  if (seen === 'two_protocols') return complain(exitCodes.usage, 'a tunnel carries TLS or SSH, not both');
  if (intent.kind === 'tunnel') return seen;
  return complain(
    exitCodes.usage,
    'a plain request has no server name, thumbprint or host key',
    'ask CONNECT host:port',
  );
}
