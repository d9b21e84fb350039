import { type CommandSpec, PROXY_USER } from '../console/index.js';

/** `doctor`. What it needs is loaded when it runs. */
export const doctorCommand: CommandSpec = {
  usage: 'doctor',
  summary:
    'examine this installation, with a remedy for each problem: exit code 0 no problem, 1 problems, 3 only that no instance runs',
  examples: [
    'tidegate doctor --config /etc/tidegate/tidegate.yaml',
    'tidegate doctor --try api.github.com:443 --try tentacle-01.corp.example:10933',
    'tidegate doctor --try api.github.com:443 --user spaces-1.production --password-variable PROXY_PASSWORD --json',
  ],
  settings: 'all',
  repeated: [
    [
      '--try <host:port>',
      'judge this destination, and connect to it through the running proxy, which records it; repeatable',
    ],
  ],
  options: [...PROXY_USER, ['--json', 'print one JSON object']],
  action: async (input) => (await import('./doctor.js')).examine(input),
};
