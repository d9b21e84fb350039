import { resolve } from 'node:path';
import { generateKeyFile } from '../../journal/index.js';
import {
  type CommandSpec,
  failure,
  type Input,
  labelled,
  type CommandResult,
  print,
  printJson,
  done,
} from '../console/index.js';

/** `audit keygen`. */
export const keygenCommand: CommandSpec = {
  usage: 'keygen',
  summary: 'make a private key that signs checkpoints; its public key is written to FILE.pub',
  examples: ['tidegate audit keygen --out /etc/tidegate/journal.key'],
  required: [['--out <file>', 'key file; an existing file is never replaced']],
  options: [
    ['--name <name>', "key name; the journal's name for a key that replaces another (default: generated)"],
    ['--json', 'print the public key as a line of JSON'],
  ],
  action: keygen,
};

async function keygen(input: Input): Promise<CommandResult> {
  const path = resolve(input.text('out'));
  const name = input.text('name');
  if (name !== 'none' && !/^[!-*,-~]+$/.test(name)) {
    return failure('usage', `invalid --name "${name}": use printable ASCII without spaces and +`);
  }
  const made = await generateKeyFile(path, name === 'none' ? 'own' : name);
  if (made.kind === 'exists') return failure('cannotWrite', `"${path}" exists already and was left unchanged`);
  if (made.kind === 'unwritable') return failure('cannotWrite', `cannot write "${path}" (${made.code})`);
  if (input.has('json')) {
    printJson({ file: path, name: made.key.name, id: made.key.id, public_key: made.key.text });
    return done();
  }
  const lines = labelled(
    [
      ['private key', `${path}  (keep it secret; set journal.key to it)`],
      ['public key', made.key.text],
      ['', `also in ${path}.pub; give it to everyone who verifies the journal`],
    ],
    13,
  );
  print(lines.join('\n'));
  return done();
}
