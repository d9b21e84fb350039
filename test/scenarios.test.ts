import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { run } from './fixtures/program.js';
import { testWith, type Declare } from './programs.js';
import { readScenario, rewrite, SEEN, type Section } from './scenarios/scenario.js';
import { playScenario } from './scenarios/world.js';

/*
 * Each file test/scenarios/*.txt is a complete attempt, played against the running product. UPDATE_GOLDEN=1 writes what was seen
 * into the files; read the change before you keep it.
 */
const FOLDER = fileURLToPath(new URL('../../test/scenarios/', import.meta.url));
const IN_OWN_NETWORK = fileURLToPath(new URL('scenarios/in-own-network.js', import.meta.url));

async function playInOwnNetwork(file: string): Promise<Map<Section, string>> {
  const program = [process.execPath, IN_OWN_NETWORK, file];
  const { code, stdout, stderr } = await run('unshare', ['--net', '--map-root-user', ...program]);
  if (code !== 0) throw new Error(stderr);
  return new Map(JSON.parse(stdout) as [Section, string][]);
}

for (const name of readdirSync(FOLDER).filter((name) => name.endsWith('.txt'))) {
  const text = readFileSync(FOLDER + name, 'utf8');
  const scenario = readScenario(text);
  const needsNetwork = scenario.sections.has('addresses');
  const declare: Declare = needsNetwork
    ? testWith('unshare', 'ip')
    : (title, run) => {
        test.serial(title, run);
      };
  declare(scenario.title, async (t) => {
    const seen = needsNetwork ? await playInOwnNetwork(FOLDER + name) : await playScenario(scenario);
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(FOLDER + name, rewrite(text, seen));
    else {
      for (const section of SEEN) {
        t.is(seen.get(section), scenario.sections.get(section) ?? seen.get(section), `${name}: ${section}`);
      }
    }
    t.pass();
  });
}
