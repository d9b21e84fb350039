import { type Destination, formatDestination, parseAuthority } from '../../address/index.js';
import { formatListen } from '../../config/index.js';
import { printable } from '../../app/terminal/index.js';
import { type ExitName, fail, type Input, readProxyUser, printResult } from '../console/index.js';
import { requestCertificate, requestHostKeys, type NotShown, type TunnelRefused } from './identities.js';
import { type ProbeRequest, probeJson, probeText } from './probe-text.js';
import { proxyAddress } from './proxy-address.js';

const MAX_SECONDS = 600;

/** `probe`: requests the identity of a destination through the proxy. */
export async function probe(input: Input): Promise<ExitName> {
  const [target = ''] = input.args;
  const read = parseAuthority(target);
  if (read.kind === 'malformed') {
    fail('usage', `invalid destination "${target}": ${read.detail}`, 'use host:port, such as web01.corp.example:10933');
  }
  const { protocol, chosen } = protocolOf(input, read.value);
  const seconds = Number(input.text('timeout'));
  if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
    fail('usage', `invalid --timeout "${input.text('timeout')}": use seconds, ${MAX_SECONDS} at most`);
  }
  const proxy = await proxyAddress(input);
  const user = await readProxyUser(input);
  const request: ProbeRequest = { destination: read.value, proxy, protocol, chosen };
  const requestIdentity = protocol === 'tls' ? requestCertificate : requestHostKeys;
  const shown = await requestIdentity(read.value, { proxy, user }, seconds * 1_000);
  if (shown.kind !== 'certificate' && shown.kind !== 'host_keys') failFor(request, shown);
  const now = Date.now();
  printResult(input, probeJson(request, shown, now), () => probeText(request, shown, now));
  if (shown.kind === 'certificate' || shown.failed.length === 0) return 'ok';
  fail('found', 'not every host key could be read', recordHint(request, shown.failed[0]?.detail ?? ''));
}

function protocolOf(input: Input, { port }: Destination): Pick<ProbeRequest, 'protocol' | 'chosen'> {
  const name = input.text('protocol');
  if (name === 'none') return { protocol: port === 22 ? 'ssh' : 'tls', chosen: 'by_port' };
  if (name === 'tls' || name === 'ssh') return { protocol: name, chosen: 'by_option' };
  fail('usage', `invalid --protocol "${name}": one of tls, ssh`);
}

function failFor(request: ProbeRequest, shown: NotShown): never {
  switch (shown.kind) {
    case 'no_proxy':
      fail(
        'notRunning',
        `no tidegate at ${formatListen(request.proxy)}: ${shown.detail}`,
        'start it, or name another one with --via HOST:PORT',
      );
    case 'refused':
      fail('found', printable(shown.phrase), ...afterRefusal(request, shown));
    case 'failed':
      if (shown.why !== 'not_this_protocol') fail('found', shown.detail, recordHint(request, shown.detail));
      fail(
        'found',
        `${formatDestination(request.destination)}: ${shown.detail}`,
        request.protocol === 'tls' ? '--protocol ssh shows host keys' : '--protocol tls shows a certificate',
      );
  }
}

/** What to do about a refusal, by its status: policy, user, or the network. */
function afterRefusal({ destination, protocol }: ProbeRequest, { status, attempt }: TunnelRefused): readonly string[] {
  const record = attempt === 'none' ? [] : [showHint(attempt)];
  if (status === 407) return ['name a proxy user with --user NAME; tidegate user check NAME checks the password'];
  if (status !== 403) return record;
  const { host, port } = destination;
  const to = host.kind === 'name' ? host.name : host.address.text;
  const kind = protocol === 'ssh' ? 'ssh' : port === 10_933 ? 'tentacle' : 'tls';
  return [
    ...record,
    'a rule such as this one would allow it; with mode: observe, pins are recorded and not enforced:',
    `  - {id: probed, to: ["${to}"], ports: [${port}], protocol: ${kind}, mode: observe}`,
  ];
}

/** A tunnel that showed nothing may have been ended by tidegate, which names the attempt, or by the destination. */
function recordHint({ destination }: ProbeRequest, detail: string): string {
  const id = /\(attempt ([0-9A-Za-z-]+)[,)]/.exec(detail)?.[1];
  if (id !== undefined) return showHint(id);
  return `see its record: tidegate audit list --destination ${formatDestination(destination)} --since 5m`;
}

function showHint(attempt: string): string {
  return `see its records: tidegate audit show ${attempt}`;
}
