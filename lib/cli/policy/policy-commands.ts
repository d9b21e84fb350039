import type { CommandGroup } from '../console/index.js';

/** `policy check`, `policy test` and `policy explain`. What they need takes long to load, so it is loaded when one runs. */
export const policyCommands: CommandGroup = {
  name: 'policy',
  summary: 'check, test and explain policies, without a running instance',
  commands: [
    {
      usage: 'check [path]',
      summary: 'find all problems in a folder of policies or one file, and run their cases',
      examples: ['tidegate policy check', 'tidegate policy check policies --json'],
      settings: ['policies'],
      options: [['--json', 'print one JSON object']],
      action: async (input) => (await import('./check.js')).checkPolicies(input),
    },
    {
      usage: 'test [path]',
      summary: 'run the cases of a folder of policies (NAME.test.yaml)',
      examples: ['tidegate policy test policies'],
      settings: ['policies'],
      options: [['--json', 'print one JSON object']],
      action: async (input) => (await import('./check.js')).testPolicies(input),
    },
    {
      usage: 'explain <request...>',
      summary: 'explain whether a request would pass: exit code 0 if it would, 1 if not',
      examples: [
        'tidegate policy explain CONNECT api.github.com:443',
        'tidegate policy explain --user spaces-1.production --from 10.20.0.7 https://github.com/',
        'tidegate policy explain --resolve GET http://feed.corp.example/v3/index.json',
        'tidegate policy explain --answers 10.30.0.5 --thumbprint hidden CONNECT a.web.corp.example:10933',
      ],
      settings: ['policies'],
      options: [
        ['--user <name>', 'proxy user (default: none)'],
        ['--from <address>', 'client address', '192.0.2.1'],
        ['--at <date>', 'day or time of the request, such as 2027-01-31 (default: now)'],
        ['--resolve', 'look the name up, if it is admitted, and judge the addresses too'],
        ['--answers <addresses>', 'comma-separated addresses to judge as the DNS answer'],
        ['--server-name <name>', 'TLS server name, or none (default, with a thumbprint: the host)'],
        ['--thumbprint <thumbprint>', 'certificate of the Tentacle, or hidden, as in TLS 1.3'],
        ['--client-thumbprint <thumbprint>', 'certificate of Octopus, or none, or hidden'],
        ['--host-key <fingerprint>', "SSH host key, or '@cert-authority FINGERPRINT', or hidden"],
        ['--json', 'print one JSON object'],
      ],
      action: async (input) => (await import('./explain.js')).explainRequest(input),
    },
  ],
};
