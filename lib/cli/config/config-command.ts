import { printResult, type CommandGroup, type ExitName, type Input, settle, tableOf } from '../console/index.js';

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

async function showConfig(input: Input): Promise<ExitName> {
  const { lines, file } = await settle(input);
  const cells = lines.map(({ key, value, from }) => [key, value, from]);
  const json = Object.fromEntries(lines.map(({ key, value, from }) => [key, { value, from }]));
  const read = file === 'none' ? 'no configuration file was found' : `read from ${file}`;
  return printResult(input, json, () => [tableOf(['setting', 'value', 'from'], cells), '', read].join('\n'));
}
