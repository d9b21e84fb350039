import type { Command } from 'commander';
import { type Adding, withSettings } from '../console/index.js';

/** Adds `probe`. */
export function addProbeCommand(program: Command, add: Adding): void {
  const command = add(
    program,
    {
      usage: 'probe <destination>',
      summary: 'ask a host through the running tidegate who it is: thumbprint or host keys, ready for a rule',
      examples: [
        'tidegate probe web01.corp.example:10933',
        'tidegate probe linux01.corp.example:22 --user spaces-1.production',
        'tidegate probe 10.40.0.7:2222 --protocol ssh --via proxy.corp.example:3128 --json',
      ],
    },
    // Handshakes and all they need are loaded for this command only.
    async (given) => (await import('./probe.js')).probe(given),
  );
  command
    .option('--protocol <protocol>', 'tls or ssh (default: ssh for port 22, else tls)')
    .option('--via <host:port>', 'the tidegate to go through (default: the one with the state folder)')
    .option('--user <name>', 'the proxy user to ask as; the password is asked for')
    .option('--password-stdin', 'read the password from standard input (its first line)')
    .option('--password-variable <name>', 'take the password from this environment variable')
    .option('--timeout <seconds>', 'for one handshake, after the proxy has answered', '15')
    .option('--json', 'as one JSON object');
  withSettings(command, 'state');
}
