import { type CommandSpec, PROXY_USER } from '../console/index.js';

/** `probe`. Handshakes and all that they need are loaded for this command only. */
export const probeCommand: CommandSpec = {
  usage: 'probe <destination>',
  summary: 'show the thumbprint or host keys of a destination, through the running instance, ready for a rule',
  examples: [
    'tidegate probe web01.corp.example:10933',
    'tidegate probe linux01.corp.example:22 --user spaces-1.production',
    'tidegate probe 10.40.0.7:2222 --protocol ssh --via proxy.corp.example:3128 --json',
  ],
  settings: ['state'],
  options: [
    ['--protocol <protocol>', 'tls or ssh (default: ssh for port 22, else tls)'],
    ['--via <host:port>', 'proxy to use (default: the instance with the state folder)'],
    ...PROXY_USER,
    ['--timeout <seconds>', 'maximum time of one handshake, after the reply of the proxy', '15'],
    ['--json', 'print one JSON object'],
  ],
  action: async (input) => (await import('./probe.js')).probe(input),
};
