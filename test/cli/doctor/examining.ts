import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type DnsServer, startDnsServer, type Zone } from '../../fixtures/dns-server.js';
import { startTidegate, type Tidegate, type TidegateOptions } from '../../fixtures/tidegate.js';
import { carriedOut } from '../command.js';

/** One finding, as `--json` gives it. */
export interface Told {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'problem' | 'skipped';
  readonly words: string;
  readonly remedy: string | null;
  readonly attempt: string | null;
}

/** What the doctor came to. */
export interface Diagnosis {
  readonly code: number | string;
  readonly findings: readonly Told[];
  /** The findings of one check that are no good news, as `state words`. */
  readonly ailing: (check?: string) => readonly string[];
  readonly of: (check: string) => readonly Told[];
}

/** Examines the installation of a configuration file, in this process. For serial tests. */
export async function doctor(config: string, ...args: readonly string[]): Promise<Diagnosis> {
  const ran = await carriedOut(['doctor', '--json', '--config', config, ...args]);
  return diagnosisOf(ran.code, ran.stdout);
}

/** Reads what `doctor --json` said. */
export function diagnosisOf(code: number | string, stdout: string): Diagnosis {
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Told[] };
  const ailing = (check?: string): readonly string[] =>
    findings
      .filter(({ state }) => state === 'problem' || state === 'warning')
      .filter((each) => check === undefined || each.check === check)
      .map(({ state, words }) => `${state} ${words}`);
  return { code, findings, ailing, of: (check) => findings.filter((each) => each.check === check) };
}

/** A running tidegate with a DNS server of its own, and its configuration file. */
export interface Patient {
  readonly tidegate: Tidegate;
  readonly dns: DnsServer;
  readonly config: string;
  readonly state: string;
}

/** Starts a tidegate whose DNS answers `zone`; all of it goes away with the test. */
export async function startPatient(
  t: ExecutionContext,
  options: TidegateOptions = {},
  zone: Zone = {},
): Promise<Patient> {
  const dns = await startDnsServer(zone);
  t.teardown(dns.close);
  const config = { dns: { servers: [dns.address] }, ...options.config };
  const tidegate = await startTidegate({ ...options, config });
  t.teardown(tidegate.discard);
  const { path } = tidegate.folder;
  return { tidegate, dns, config: join(path, 'tidegate.yaml'), state: join(path, 'state') };
}
