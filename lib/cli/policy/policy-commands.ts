import type { Command } from 'commander';
import { type Adding, withSettings } from '../console/index.js';

/**
 * Adds `policy check`, `policy test` and `policy explain`. What they need is loaded when one of them is carried out: it
 * takes longer than all the rest of a command.
 */
export function addPolicyCommands(program: Command, add: Adding): void {
  const group = program.command('policy').description('check, test and explain policies, without a running proxy');
  const check = add(
    group,
    {
      usage: 'check [path]',
      summary: 'find everything that is wrong with a folder of policies, or one file; runs their cases too',
      examples: ['tidegate policy check', 'tidegate policy check policies --json'],
    },
    async (command) => (await import('./check.js')).checkPolicies(command),
  );
  const test = add(
    group,
    {
      usage: 'test [path]',
      summary: 'run the cases of a folder of policies (NAME.test.yaml)',
      examples: ['tidegate policy test policies'],
    },
    async (command) => (await import('./check.js')).testPolicies(command),
  );
  for (const command of [check, test]) withSettings(command, 'policies').option('--json', 'as one JSON object');
  const explain = add(
    group,
    {
      usage: 'explain <request...>',
      summary: 'tell whether a request would pass, and why: exit code 0 if it would, 1 if not',
      examples: [
        'tidegate policy explain CONNECT api.github.com:443',
        'tidegate policy explain --user spaces-1.production --from 10.20.0.7 https://github.com/',
        'tidegate policy explain --resolve GET http://feed.corp.example/v3/index.json',
        'tidegate policy explain --answers 10.30.0.5 --thumbprint hidden CONNECT a.web.corp.example:10933',
      ],
    },
    async (command) => (await import('./explain.js')).explainRequest(command),
  );
  withSettings(explain, 'policies')
    .option('--user <name>', 'the proxy user that asks (default: none)')
    .option('--from <address>', 'the address that asks', '192.0.2.1')
    .option('--at <date>', 'the day or time it happens, such as 2027-01-31 (default: now)')
    .option('--resolve', 'look the name up, if it may be, and judge the addresses too')
    .option('--answers <addresses>', 'judge these addresses as the answers of DNS, with commas between them')
    .option('--server-name <name>', 'the name that TLS asks for, or none (default, with a thumbprint: the host)')
    .option('--thumbprint <thumbprint>', "the Tentacle's certificate, or hidden: as in TLS 1.3")
    .option('--client-thumbprint <thumbprint>', "Octopus' own certificate, or none, or hidden")
    .option('--host-key <fingerprint>', "the SSH server's key, or '@cert-authority FINGERPRINT', or hidden")
    .option('--json', 'as one JSON object');
}
