import type { CommandSpec } from '../console/index.js';

/** `run`. The proxy and all that it needs are loaded for this command only. */
export const runCommand: CommandSpec = {
  usage: 'run',
  summary: 'run the proxy (the default command)',
  examples: [
    'tidegate run --listen 0.0.0.0:3128 --policies /etc/tidegate/policies --state /var/lib/tidegate',
    'tidegate run --config /etc/tidegate/tidegate.yaml --json',
  ],
  settings: 'all',
  options: [['--json', 'print the start-up summary as one line of JSON']],
  action: async (input) => (await import('./run.js')).run(input),
};
