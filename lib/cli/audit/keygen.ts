import { resolve } from 'node:path';
import { generateKeyFile } from '../../journal/index.js';
import { printResult, type CommandSpec, type ExitName, fail, type Input, labelled } from '../console/index.js';

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

async function keygen(input: Input): Promise<ExitName> {
  const path = resolve(input.text('out'));
  const name = input.text('name');
  if (name !== 'none' && !/^[!-*,-~]+$/.test(name)) {
    fail('usage', `invalid --name "${name}": use printable ASCII without spaces and +`);
  }
  const made = await generateKeyFile(path, name === 'none' ? 'own' : name);
  if (made.kind === 'exists') fail('cannotWrite', `"${path}" exists already and was left unchanged`);
  if (made.kind === 'unwritable') fail('cannotWrite', `cannot write "${path}" (${made.code})`);
  const { name: given, id, text } = made.key;
  const lines = [
    ['private key', `${path}  (keep it secret; set journal.key to it)`],
    ['public key', text],
    ['', `also in ${path}.pub; give it to everyone who verifies the journal`],
  ] as const;
  return printResult(input, { file: path, name: given, id, public_key: text }, () => labelled(lines, 13).join('\n'));
}
