import { type Destination, formatDestination } from '../../address/index.js';
import type { ProbedCertificate } from '../../probe/index.js';
import { counted, DAY_MS, dayOf } from '../../system/values/index.js';
import { printable } from '../../app/terminal/index.js';
import type { HostKeys } from './ask.js';

/** What was asked, and how it was decided to ask so. */
export interface Asked {
  readonly destination: Destination;
  readonly proxy: Destination;
  readonly protocol: 'tls' | 'ssh';
  readonly chosen: 'by_port' | 'told';
}

/** What was shown as people read it, with the lines for the rule. `now` in milliseconds since 1970. */
export function probeText(asked: Asked, shown: ProbedCertificate | HostKeys, now: number): string {
  const lines = shown.kind === 'certificate' ? certificateLines(shown, now) : hostKeyLines(shown);
  return [heading(asked), '', ...lines].join('\n');
}

function heading({ destination, proxy, protocol, chosen }: Asked): string {
  const what = `${formatDestination(destination)} through ${formatDestination(proxy)}`;
  if (chosen === 'told') return what;
  return protocol === 'ssh'
    ? `${what}, asked for SSH host keys because of its port (--protocol tls asks for a certificate)`
    : `${what}, asked for a TLS certificate because of its port (--protocol ssh asks for host keys)`;
}

function certificateLines(shown: ProbedCertificate, now: number): readonly string[] {
  const { identity, sha256, subject, version, key } = shown;
  const { notBefore, notAfter } = identity;
  const lines = [
    ['thumbprint', `${identity.thumbprint} (SHA-1, as Octopus shows it)`],
    ['SHA-256', sha256],
    ['subject', printable(subject)],
    ['valid', `${dayOf(notBefore)} to ${dayOf(notAfter)}, ${validity(notBefore, notAfter, now)}`],
    ['key', key],
    ['version', version],
  ] as const;
  return [
    ...lines.map(([head, text]) => `${head.padEnd(12)}${text}`),
    '',
    'for a rule with protocol: tentacle',
    '',
    `    thumbprints: ["${identity.thumbprint}"]`,
  ];
}

function hostKeyLines({ keys, failed, certificates }: HostKeys): readonly string[] {
  const shown = keys.flatMap(({ identity: { type, sha256, md5 } }) => [
    `${type.padEnd(21)}${sha256}`,
    `${''.padEnd(21)}${md5}`,
  ]);
  const rule = [
    '',
    'for a rule with protocol: ssh (Octopus before 2024.2 shows the MD5 form, which a rule takes too)',
    '',
    '    host-keys:',
    ...keys.map(({ identity: { type, sha256 } }) => `      - "${sha256}" # ${type}`),
  ];
  const missing = failed.map(({ type, detail }) => `${type.padEnd(21)}not known: ${printable(detail)}`);
  const certified =
    certificates.length === 0
      ? []
      : [
          '',
          `it has a host certificate too (${printable(certificates.join(', '))}): its authority can be pinned instead`,
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
export function probeJson(asked: Asked, shown: ProbedCertificate | HostKeys, now: number): unknown {
  const about = {
    destination: formatDestination(asked.destination),
    via: formatDestination(asked.proxy),
    protocol: asked.protocol,
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
