import { type Destination, formatDestination } from '../../address/index.js';
import { yamlEntry, yamlItem } from '../../text/index.js';
import type { ProbedCertificate } from '../../probe/index.js';
import { counted, DAY_MS, dayOf } from '../../system/values/index.js';
import { printable } from '../../app/terminal/index.js';
import { formatListen } from '../../config/index.js';
import { labelled } from '../console/index.js';
import type { ListenerAddress } from '../proxy-client/index.js';
import type { HostKeys } from './identities.js';

/** What is probed, through which proxy and by which protocol. */
export interface ProbeRequest {
  readonly destination: Destination;
  readonly proxy: ListenerAddress;
  readonly protocol: 'tls' | 'ssh';
  readonly chosen: 'by_port' | 'by_option';
}

/** The identity as text, with the lines for the rule. `now` in milliseconds since 1970. */
export function probeText(request: ProbeRequest, shown: ProbedCertificate | HostKeys, now: number): string {
  const lines = shown.kind === 'certificate' ? certificateLines(shown, now) : hostKeyLines(shown);
  return [heading(request), '', ...lines].join('\n');
}

function heading({ destination, proxy, protocol, chosen }: ProbeRequest): string {
  const what = `${formatDestination(destination)} through ${formatListen(proxy)}`;
  if (chosen === 'by_option') return what;
  return protocol === 'ssh'
    ? `${what}, SSH host keys because of the port (--protocol tls shows a certificate)`
    : `${what}, TLS certificate because of the port (--protocol ssh shows host keys)`;
}

function certificateLines(shown: ProbedCertificate, now: number): readonly string[] {
  const { identity, sha256, subject, version, key } = shown;
  const { notBefore, notAfter } = identity;
  const lines = [
    ['thumbprint', `${identity.thumbprint} (SHA-1, as Octopus shows it)`],
    ['SHA-256', sha256],
    ['subject', subject],
    ['valid', `${dayOf(notBefore)} to ${dayOf(notAfter)}, ${validity(notBefore, notAfter, now)}`],
    ['key', key],
    ['version', version],
  ] as const;
  return [
    ...labelled(lines, 12),
    '',
    'for a rule with protocol: tentacle',
    '',
    `    ${yamlEntry('thumbprints', [identity.thumbprint])}`,
  ];
}

function hostKeyLines({ keys, failed, certificates }: HostKeys): readonly string[] {
  const shown = keys.flatMap(({ identity: { type, sha256, md5 } }) => [
    `${type.padEnd(21)}${sha256}`,
    `${''.padEnd(21)}${md5}`,
  ]);
  const rule = [
    '',
    'for a rule with protocol: ssh (Octopus before 2024.2 shows the MD5 form, which a rule accepts too)',
    '',
    '    host-keys:',
    ...keys.map(({ identity: { type, sha256 } }) => `      ${yamlItem(sha256, type)}`),
  ];
  const missing = failed.map(({ type, detail }) => `${type.padEnd(21)}unknown: ${printable(detail)}`);
  const certified =
    certificates.length === 0
      ? []
      : [
          '',
          `the server also has a host certificate (${printable(certificates.join(', '))}): its authority can be pinned instead`,
        ];
  return [...shown, ...missing, ...certified, ...rule];
}

function validity(notBefore: number, notAfter: number, now: number): string {
  if (now < notBefore) return `not yet valid, for ${days(notBefore - now)}`;
  return now > notAfter ? `expired ${days(now - notAfter)} ago` : `${days(notAfter - now)} left`;
}

function days(ms: number): string {
  return counted(Math.floor(ms / DAY_MS), 'day');
}

/** The same as one JSON object; `thumbprints` and `host_keys[].sha256` are what a rule takes. */
export function probeJson(request: ProbeRequest, shown: ProbedCertificate | HostKeys, now: number): unknown {
  const about = {
    destination: formatDestination(request.destination),
    via: formatListen(request.proxy),
    protocol: request.protocol,
  };
  if (shown.kind === 'certificate') {
    const { identity, sha256, subject, version, key } = shown;
    const certificate = {
      thumbprint: identity.thumbprint,
      sha256,
      subject,
      not_before: new Date(identity.notBefore).toISOString(),
      not_after: new Date(identity.notAfter).toISOString(),
      days_left: Math.floor((identity.notAfter - now) / DAY_MS),
      key,
      version,
    };
    return { ...about, certificate, thumbprints: [identity.thumbprint] };
  }
  const keys = shown.keys.map(({ identity: { type, sha256, md5 }, algorithm }) => ({ type, sha256, md5, algorithm }));
  return { ...about, host_keys: keys, failed: shown.failed, certificates: shown.certificates };
}
