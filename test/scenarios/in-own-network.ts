/**
 * Plays the scenario of one file and prints what was seen, as JSON. For scenarios with addresses: it runs inside a network
 * namespace of its own, in which those addresses are local and nothing else can be reached.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readScenario } from './scenario.js';
import { playScenario } from './world.js';

const scenario = readScenario(readFileSync(process.argv[2] ?? '', 'utf8'));
execFileSync('ip', ['link', 'set', 'lo', 'up']);
for (const address of (scenario.sections.get('addresses') ?? '').split('\n').slice(0, -1)) {
  execFileSync('ip', ['addr', 'add', address, 'dev', 'lo']);
}
process.stdout.write(JSON.stringify([...(await playScenario(scenario))]));
