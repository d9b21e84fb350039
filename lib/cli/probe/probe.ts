import type { Command } from 'commander';
import { type Destination, formatDestination, parseAuthority } from '../../address/index.js';
import { printable } from '../../app/terminal/index.js';
import { complain, type ExitCode, exitCodes, isGiven, say, sayJson, textOption } from '../console/index.js';
import { askCertificate, askHostKeys, type Unanswered } from './ask.js';
import { credentialsFor } from './credentials.js';
import { proxyAddress } from './proxy-address.js';
import { type Asked, probeJson, probeText } from './show.js';
import type { TunnelRefused } from './tunnel.js';

/** `probe`: asks the destination through the proxy, and tells what it showed or what to do. */
export async function probe(command: Command): Promise<ExitCode> {
  const [target = ''] = command.args;
  const read = parseAuthority(target);
  if (read.kind === 'malformed') {
    return complain(exitCodes.usage, `a destination is host:port: ${read.detail}`, 'such as web01.corp.example:10933');
  }
  const protocol = protocolOf(command, read.value);
  if (typeof protocol === 'number') return protocol;
  const seconds = Number(textOption(command, 'timeout'));
  if (!(seconds > 0 && seconds <= 600)) {
    return complain(exitCodes.usage, '--timeout must be a number of seconds, 600 at most');
  }
  const proxy = await proxyAddress(command);
  if (typeof proxy === 'number') return proxy;
  const credentials = await credentialsFor(command);
  if (typeof credentials === 'number') return credentials;
  const asked: Asked = { destination: read.value, proxy, ...protocol };
  const ask = asked.protocol === 'tls' ? askCertificate : askHostKeys;
  const shown = await ask(read.value, { proxy, credentials }, seconds * 1_000);
  if (shown.kind !== 'certificate' && shown.kind !== 'host_keys') return tell(asked, shown);
  const now = Date.now();
  if (isGiven(command, 'json')) sayJson(probeJson(asked, shown, now));
  else say(probeText(asked, shown, now));
  if (shown.kind === 'certificate' || shown.failed.length === 0) return exitCodes.ok;
  return complain(exitCodes.found, 'not every host key is known', trail(asked, shown.failed[0]?.detail ?? ''));
}

function protocolOf(command: Command, { port }: Destination): Pick<Asked, 'protocol' | 'chosen'> | ExitCode {
  const told = textOption(command, 'protocol');
  if (told === 'none') return { protocol: port === 22 ? 'ssh' : 'tls', chosen: 'by_port' };
  if (told === 'tls' || told === 'ssh') return { protocol: told, chosen: 'told' };
  return complain(exitCodes.usage, '--protocol must be tls or ssh');
}

function tell(asked: Asked, shown: Unanswered): ExitCode {
  switch (shown.kind) {
    case 'no_proxy':
      return complain(
        exitCodes.notRunning,
        `there is no tidegate at ${formatDestination(asked.proxy)}: ${shown.detail}`,
        'start it, or name another one with --via HOST:PORT',
      );
    case 'refused':
      return complain(exitCodes.found, printable(shown.words), ...afterRefusal(asked, shown));
    case 'failed':
      if (shown.why !== 'not_this_protocol') return complain(exitCodes.found, shown.detail, trail(asked, shown.detail));
      return complain(
        exitCodes.found,
        `${formatDestination(asked.destination)}: ${shown.detail}`,
        asked.protocol === 'tls' ? '--protocol ssh asks for host keys' : '--protocol tls asks for a certificate',
      );
  }
}

/** What to do about a refusal, by its status: policy, user, or the world. */
function afterRefusal({ destination, protocol }: Asked, { status, attempt }: TunnelRefused): readonly string[] {
  const known = attempt === 'none' ? [] : [story(attempt)];
  if (status === 407) return ['--user NAME asks as a user of the proxy; tidegate user check NAME tries a password'];
  if (status !== 403) return known;
  const { host, port } = destination;
  const to = host.kind === 'name' ? host.name : host.address.text;
  const kind = protocol === 'ssh' ? 'ssh' : port === 10_933 ? 'tentacle' : 'tls';
  return [
    ...known,
    'a rule like this one would let it pass; with mode: observe, what its pins would deny is only recorded:',
    `  - {id: probed, to: ["${to}"], ports: [${port}], protocol: ${kind}, mode: observe}`,
  ];
}

/** A tunnel that stood and showed nothing may have been ended by tidegate, which says so, or by the destination. */
function trail({ destination }: Asked, detail: string): string {
  const id = /\(attempt ([0-9a-f-]{36})\)/.exec(detail)?.[1];
  if (id !== undefined) return story(id);
  return `whether tidegate ended it, and why: tidegate audit list --destination ${formatDestination(destination)} --since 5m`;
}

function story(attempt: string): string {
  return `all that is known of it: tidegate audit show ${attempt}`;
}
