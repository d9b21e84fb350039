import type { DnsServerState } from '../../../proxy/index.js';
import { type Finding, findingsOf } from './finding.js';

const { ok, warning, problem } = findingsOf('dns');

/**
 * Checks the replies of the DNS servers. They are queried in turn, so a silent one costs time only. `unused` are the names of
 * the system's hosts file that the configuration does not have.
 */
export function checkNames(answers: readonly DnsServerState[], unused: readonly string[]): readonly Finding[] {
  if (answers.length === 0) {
    return [problem('no DNS server is configured', 'set dns.servers, or add one to /etc/resolv.conf')];
  }
  const someAnswers = answers.some(({ kind }) => kind === 'answers');
  return [...answers.map((answer) => checkServer(answer, someAnswers)), ok(sourcesText(unused))];
}

function checkServer({ server, kind, code }: DnsServerState, someAnswers: boolean): Finding {
  if (kind === 'answers') {
    if (code === 'none') return ok(`${server} answers`);
    const remedy = 'check that it resolves for this machine: --try a destination by name';
    return warning(`${server} answers, but not for the root zone (${code})`, remedy);
  }
  const words = kind === 'silent' ? `${server} does not answer in time` : `${server} cannot be queried (${code})`;
  const remedy = 'check that it runs, and that no firewall blocks UDP and TCP 53; or set dns.servers';
  return (someAnswers ? warning : problem)(words, remedy);
}

const SHOWN = 5;

function sourcesText(unused: readonly string[]): string {
  const more = unused.length > SHOWN ? ' and others' : '';
  const names = unused.length === 0 ? '' : `, which lists ${unused.slice(0, SHOWN).join(', ')}${more}`;
  return `short names need DNS or "hosts" of the configuration: search domains are not used, nor is /etc/hosts${names}`;
}
