import {
  type CommandGroup,
  type Input,
  type CommandResult,
  print,
  printJson,
  settle,
  tableOf,
  done,
} from '../console/index.js';

/** `config show`. */
export const configCommands: CommandGroup = {
  name: 'config',
  summary: 'show the effective configuration',
  commands: [
    {
      usage: 'show',
      summary: 'show every setting in force and its source',
      examples: ['tidegate config show', 'tidegate config show --config /etc/tidegate/tidegate.yaml --json'],
      settings: 'all',
      options: [['--json', 'print one JSON object']],
      action: showConfig,
    },
  ],
};

async function showConfig(input: Input): Promise<CommandResult> {
  const settled = await settle(input);
  if (settled.kind === 'failure') return settled;
  const { lines } = settled;
  if (input.has('json')) printJson(Object.fromEntries(lines.map(({ key, value, from }) => [key, { value, from }])));
  else
    print(
      tableOf(
        ['setting', 'value', 'from'],
        lines.map(({ key, value, from }) => [key, value, from]),
      ),
    );
  return done();
}
