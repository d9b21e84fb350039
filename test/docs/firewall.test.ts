import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { makeFolder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import { testWith, type Declare } from '../programs.js';
import type { Question, Seen } from './firewalled.js';
import { readPage } from './page.js';

const { blocks } = readPage('octopus-setup.md');
const rules = blocks.filter(({ language }) => language === 'nft').map(({ text }) => text);
const [counterLine = ''] = blocks.filter(({ language }) => language === 'bash').map(({ text }) => text.trim());
const inside = fileURLToPath(new URL('./firewalled.js', import.meta.url));

/** Rules belong to a network namespace, whose owner root must be, since they are about accounts. */
const asRoot: Declare =
  process.getuid?.() === 0
    ? testWith('nft', 'ip', 'unshare', 'nsenter', 'setpriv', 'curl')
    : (title, body) => {
        test.skip(`${title} (skipped: needs root)`, body);
      };

/** Edits the definitions as an admin does, for the networks of the test. */
function edited(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((rest, [name, value]) => {
    const line = new RegExp(`^define ${name} = [^#\\n]*`, 'm');
    if (!line.test(rest)) throw new Error(`the page defines no ${name}`);
    return rest.replace(line, `define ${name} = ${value} `);
  }, text);
}

/** Loads the rules on a machine in networks of their own, and asks the questions there. */
async function tried(
  t: ExecutionContext,
  text: string,
  counter: string,
  questions: readonly Question[],
): Promise<Seen> {
  const folder = await makeFolder({ 'rules.nft': text });
  t.teardown(folder.remove);
  const words = ['--net', process.execPath, inside, `${folder.path}/rules.nft`, counter, JSON.stringify(questions)];
  const { code, stdout, stderr } = await run('unshare', words);
  if (code !== 0) throw new Error(stderr);
  const seen = JSON.parse(stdout) as Seen;
  t.log(seen.inForce, stderr);
  return seen;
}

const REFUSED = 'curl 7'; // could not connect

asRoot('behind the rules for Octopus machines, tidegate is the only way out, and the others are counted', async (t) => {
  const text = edited(rules[0] ?? '', {
    PROXY: '{ 198.51.100.1 }',
    DNS: '{ 198.51.100.1 }',
    BESIDE: '{ 198.51.100.1 . 1433 }',
  });
  const counter = counterLine.replace('nft list counter ', '');
  const { answers, packets } = await tried(t, text, counter, [
    { from: 'machine', as: 'root', to: 'origin-through-tidegate' },
    { from: 'machine', as: 'other', to: 'origin-through-tidegate' },
    { from: 'container', as: 'root', to: 'origin-through-tidegate' },
    { from: 'machine', as: 'root', to: 'origin' },
    { from: 'machine', as: 'other', to: 'origin' },
    { from: 'machine', as: 'root', to: 'metadata' },
    { from: 'container', as: 'root', to: 'origin' },
  ]);
  t.deepEqual(answers, ['200', '200', '200', REFUSED, REFUSED, REFUSED, REFUSED]);
  t.is(packets, 4);
});

asRoot("on tidegate's own machine only its account gets out, and not to the metadata service", async (t) => {
  const text = edited(rules[1] ?? '', { TIDEGATE: '2001', DNS: '{ 198.51.100.1 }', BESIDE: '{ 198.51.100.1 . 123 }' });
  const { answers, packets } = await tried(t, text, 'inet tidegate others', [
    { from: 'machine', as: 'account', to: 'origin' },
    { from: 'machine', as: 'account', to: 'metadata' },
    { from: 'machine', as: 'other', to: 'origin' },
    { from: 'machine', as: 'root', to: 'origin' },
  ]);
  t.deepEqual(answers, ['200', REFUSED, REFUSED, REFUSED]);
  t.is(packets, 2);
});

asRoot('without the rules everything gets out, so it is they that refuse', async (t) => {
  const { answers } = await tried(t, 'table inet octopus {\n  counter bypassed { }\n}\n', 'inet octopus bypassed', [
    { from: 'machine', as: 'other', to: 'origin' },
    { from: 'machine', as: 'account', to: 'metadata' },
    { from: 'container', as: 'root', to: 'origin' },
  ]);
  t.deepEqual(answers, ['200', '200', '200']);
});
