import { Command, CommanderError } from 'commander';
import { addAuditCommands } from './audit-commands.js';
import { addConfigCommands } from './config-command.js';
import { ownVersion } from '../app/product/index.js';
import { adding, exitCodes, examplesText, withSettings } from './console/index.js';
import { addDoctorCommand } from './doctor-command.js';
import { addExportCommand } from './export/index.js';
import { addPolicyCommands } from './policy/index.js';
import { addProbeCommand } from './probe/index.js';
import { addStatusCommand } from './status-command.js';
import { addUserCommands } from './user-commands.js';

/** Carries out one command line, and answers the code to end with. */
export async function carryOut(argv: readonly string[]): Promise<number> {
  let code: number = exitCodes.ok;
  const program = programOf((ended) => {
    code = ended;
  });
  try {
    await program.parseAsync(namesCommand(argv) ? [...argv] : ['run', ...argv], { from: 'user' });
    return code;
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    // Commander has said what is wrong, or has shown the help that was asked for.
    return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  }
}

/** `tidegate --listen …` means `tidegate run --listen …`. */
function namesCommand([first]: readonly string[]): boolean {
  return first !== undefined && (!first.startsWith('-') || ['-h', '--help', '-V', '--version'].includes(first));
}

function programOf(done: (code: number) => void): Command {
  const program = new Command('tidegate')
    .description('Outbound egress policy proxy for Octopus Deploy. Without a command it runs the proxy.')
    .version(ownVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .addHelpText(
      'after',
      examplesText([
        'tidegate                                            run with defaults on 127.0.0.1:3128',
        'tidegate policy check policies                      find everything that is wrong with policies',
        'tidegate policy explain CONNECT api.github.com:443   would this pass, and why',
        'tidegate audit list --since 1h --verdict denied     what was denied in the last hour',
      ]),
    );
  const add = adding(done);
  const runs = add(
    program,
    {
      usage: 'run',
      summary: 'run the proxy (what tidegate does without a command)',
      examples: [
        'tidegate run --listen 0.0.0.0:3128 --policies /etc/tidegate/policies --state /var/lib/tidegate',
        'tidegate run --config /etc/tidegate/tidegate.yaml --json',
      ],
    },
    // The proxy and all it needs is loaded for this command only.
    async (command) => (await import('./run/index.js')).run(command),
  );
  withSettings(runs).option('--json', 'say the start as one line of JSON');
  addStatusCommand(program, add);
  addDoctorCommand(program, add);
  addPolicyCommands(program, add);
  addProbeCommand(program, add);
  addExportCommand(addAuditCommands(program, add), add);
  addUserCommands(program, add);
  addConfigCommands(program, add);
  return program;
}
