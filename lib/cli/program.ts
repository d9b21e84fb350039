import { Command, CommanderError } from 'commander';
import { ownVersion } from '../app/product/index.js';
import { auditCommands } from './audit/index.js';
import { configCommands } from './config/index.js';
import {
  addCommand,
  CommandFailure,
  complain,
  exitCodes,
  examplesText,
  standardOutput,
  UnwrittenOutput,
  type ExitName,
} from './console/index.js';
import { doctorCommand } from './doctor/index.js';
import { policyCommands } from './policy/index.js';
import { probeCommand } from './probe/index.js';
import { runCommand } from './run/index.js';
import { statusCommand } from './status/index.js';
import { cutCommand, tunnelsCommand } from './tunnels/index.js';
import { userCommands } from './user/index.js';

const COMMANDS = [
  runCommand,
  statusCommand,
  tunnelsCommand,
  cutCommand,
  doctorCommand,
  policyCommands,
  probeCommand,
  auditCommands,
  userCommands,
  configCommands,
];

/** Carries out one command line, and gives the exit code. */
export async function carryOut(argv: readonly string[]): Promise<number> {
  let exit: ExitName = 'ok';
  const program = programOf();
  for (const each of COMMANDS) addCommand(program, each, (ended) => (exit = ended));
  try {
    await program.parseAsync(namesCommand(argv) ? [...argv] : ['run', ...argv], { from: 'user' });
  } catch (thrown) {
    exit = failureOf(thrown);
  }
  // What a pipe or a terminal did not take is known only now.
  await standardOutput.written('').catch((thrown: unknown) => (exit = failureOf(thrown)));
  return exitCodes[exit];
}

/** The exit code for what ended a command early, which is complained of. Throws what is a bug. */
function failureOf(thrown: unknown): ExitName {
  if (thrown instanceof CommandFailure) {
    complain(thrown.message, ...thrown.details);
    return thrown.exit;
  }
  if (thrown instanceof UnwrittenOutput) {
    complain(thrown.message, 'what was printed is incomplete');
    return 'cannotWrite';
  }
  // Commander has printed the error, or the help.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 'ok' : 'usage';
  throw thrown;
}

/** `tidegate --listen …` means `tidegate run --listen …`. */
function namesCommand([first]: readonly string[]): boolean {
  return first !== undefined && (!first.startsWith('-') || ['-h', '--help', '-V', '--version'].includes(first));
}

function programOf(): Command {
  return new Command('tidegate')
    .description('Outbound egress policy proxy for Octopus Deploy. Without a command it runs the proxy.')
    .version(ownVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .configureOutput({ writeOut: (text) => standardOutput.write(text) })
    .addHelpText(
      'after',
      examplesText([
        'tidegate                                            run with defaults on 127.0.0.1:3128',
        'tidegate policy check policies                      find all problems in policies',
        'tidegate policy explain CONNECT api.github.com:443   explain whether this would pass',
        'tidegate audit list --since 1h --verdict denied     list what was denied in the last hour',
      ]),
    );
}
