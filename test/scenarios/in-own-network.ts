/**
 * Plays the scenario of one file and prints what was seen, as JSON. For scenarios with addresses: it runs inside a network
 * namespace of its own, in which those addresses are local and nothing else can be reached. `ADDRESS interface` gives it to an
 * interface, as this machine's own.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readScenario } from './scenario.js';
import { playScenario } from './world.js';

const scenario = readScenario(readFileSync(process.argv[2] ?? '', 'utf8'));
execFileSync('ip', ['link', 'set', 'lo', 'up']);
for (const line of (scenario.sections.get('addresses') ?? '').split('\n').slice(0, -1)) {
  const [address = '', ofInterface] = line.split(' ');
  if (ofInterface === 'interface') execFileSync('ip', ['addr', 'add', address, 'dev', 'lo']);
  // A route makes it local without giving it to an interface: what interfaces have is refused (A7).
  else execFileSync('ip', ['route', 'add', 'local', address, 'dev', 'lo']);
}
process.stdout.write(JSON.stringify([...(await playScenario(scenario))]));
