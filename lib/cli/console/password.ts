import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A password, or why there is none. */
export type Given =
  { readonly kind: 'password'; readonly password: string } | { readonly kind: 'no_password'; readonly detail: string };

/** Reads a password from standard input: everything up to the first line end. */
export async function passwordFromInput(): Promise<Given> {
  const [line = ''] = (await text(process.stdin)).split(/\r?\n/);
  return { kind: 'password', password: line };
}

/** Asks a person for a password, as often as there are `questions`; all answers must be the same. Nothing is echoed. */
export async function askForPassword(...questions: readonly string[]): Promise<Given> {
  if (!process.stdin.isTTY) {
    return { kind: 'no_password', detail: 'standard input is no terminal: use --password-stdin' };
  }
  const answers = await ask(questions);
  const [password = ''] = answers;
  if (answers.every((answer) => answer === password)) return { kind: 'password', password };
  return { kind: 'no_password', detail: 'the two passwords are not the same' };
}

async function ask(questions: readonly string[]): Promise<readonly string[]> {
  // readline echoes by writing to its output; this one takes it and shows nothing.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  reader.once('SIGINT', () => process.exit(128 + constants.signals.SIGINT));
  const lines = reader[Symbol.asyncIterator]();
  const answers: string[] = [];
  for (const question of questions) {
    process.stderr.write(question);
    const line = await lines.next();
    process.stderr.write('\n');
    answers.push(line.done === true ? '' : line.value);
  }
  reader.close();
  return answers;
}
