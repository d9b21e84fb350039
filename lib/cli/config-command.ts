import type { Command } from 'commander';
import {
  withSettings,
  isGiven,
  settle,
  exitCodes,
  say,
  sayJson,
  tableOf,
  type Adding,
  type ExitCode,
} from './console/index.js';

/** Adds `config show`. */
export function addConfigCommands(program: Command, add: Adding): void {
  const group = program.command('config').description('what tidegate was told');
  const show = add(
    group,
    {
      usage: 'show',
      summary: 'show every setting in force and where it comes from',
      examples: ['tidegate config show', 'tidegate config show --config /etc/tidegate/tidegate.yaml --json'],
    },
    showConfig,
  );
  withSettings(show).option('--json', 'as one JSON object');
}

async function showConfig(command: Command): Promise<ExitCode> {
  const settled = await settle(command);
  if (typeof settled === 'number') return settled;
  if (isGiven(command, 'json'))
    sayJson(Object.fromEntries(settled.lines.map(({ key, value, from }) => [key, { value, from }])));
  else
    say(
      tableOf(
        ['setting', 'value', 'from'],
        settled.lines.map(({ key, value, from }) => [key, value, from]),
      ),
    );
  return exitCodes.ok;
}
