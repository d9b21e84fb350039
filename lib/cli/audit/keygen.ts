import { resolve } from 'node:path';
import type { Command } from 'commander';
import { generateKeyFile } from '../../journal/index.js';
import {
  type Adding,
  complain,
  type ExitCode,
  exitCodes,
  isGiven,
  say,
  sayJson,
  textOption,
} from '../console/index.js';

/** Adds `audit keygen`. */
export function addKeygenCommand(group: Command, add: Adding): void {
  const command = add(
    group,
    {
      usage: 'keygen',
      summary: "make a private key to sign the journal's checkpoints with; its public side lies beside it, in FILE.pub",
      examples: ['tidegate audit keygen --out /etc/tidegate/journal.key'],
    },
    keygen,
  );
  command
    .requiredOption('--out <file>', 'where to; a file that is there is left alone')
    .option(
      '--name <name>',
      "what the key is called: for one that takes over, the journal's name (default: of its own)",
    )
    .option('--json', 'say the public key as a line of JSON');
}

async function keygen(command: Command): Promise<ExitCode> {
  const path = resolve(textOption(command, 'out'));
  const given = textOption(command, 'name');
  if (given !== 'none' && !/^[!-*,-~]+$/.test(given)) {
    return complain(exitCodes.usage, '--name must be of printable ASCII without spaces and without +');
  }
  const made = await generateKeyFile(path, given === 'none' ? 'own' : given);
  if (made.kind === 'exists') return complain(exitCodes.cannotWrite, `${path} is there already, and is left as it is`);
  if (made.kind === 'unwritable') return complain(exitCodes.cannotWrite, `${path} cannot be written (${made.code})`);
  if (isGiven(command, 'json')) {
    sayJson({ file: path, name: made.key.name, id: made.key.id, public_key: made.key.text });
    return exitCodes.ok;
  }
  say(`private key  ${path}  (keep it secret; set journal.key to it)`);
  say(`public key   ${made.key.text}`);
  say(`             also in ${path}.pub; hand it to whoever is to verify the journal`);
  return exitCodes.ok;
}
