import type { Command } from 'commander';
import { type Adding, withRepeated, withSettings } from './console/index.js';

/** Adds `doctor`. What it needs is loaded when it is carried out. */
export function addDoctorCommand(program: Command, add: Adding): void {
  const command = add(
    program,
    {
      usage: 'doctor',
      summary:
        'examine this installation and say what is wrong and what to do: exit code 0 no problem, 1 a problem, 3 nothing but that no tidegate runs',
      examples: [
        'tidegate doctor --config /etc/tidegate/tidegate.yaml',
        'tidegate doctor --try api.github.com:443 --try tentacle-01.corp.example:10933',
        'tidegate doctor --try api.github.com:443 --user spaces-1.production --password-variable PROXY_PASSWORD --json',
      ],
    },
    async (given) => (await import('./doctor/index.js')).examine(given),
  );
  withSettings(command);
  withRepeated(
    command,
    '--try <host:port>',
    'judge this destination, and connect to it through the running proxy, which records it; may be given again',
  )
    .option('--user <name>', 'the proxy user to try as (default: none)')
    .option('--password-variable <name>', 'the environment variable that holds its password (default: ask)')
    .option('--password-stdin', 'read its password from standard input (its first line)')
    .option('--json', 'as one JSON object');
}
