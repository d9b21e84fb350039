import type { DnsServerState } from '../../../proxy/index.js';
import { type Finding, findingsOf } from './finding.js';

const { ok, warning, problem } = findingsOf('dns');

/** Checks the replies of the DNS servers. They are queried in turn, so a silent one costs time only. */
export function checkNames(answers: readonly DnsServerState[]): readonly Finding[] {
  if (answers.length === 0) {
    return [problem('no DNS server is configured', 'set dns.servers, or add one to /etc/resolv.conf')];
  }
  const someAnswers = answers.some(({ kind }) => kind === 'answers');
  return answers.map(({ server, kind, code }) => {
    if (kind === 'answers') {
      if (code === 'none') return ok(`${server} answers`);
      const remedy = 'check that it resolves for this machine: --try a destination by name';
      return warning(`${server} answers, but not for the root zone (${code})`, remedy);
    }
    const words = kind === 'silent' ? `${server} does not answer in time` : `${server} cannot be queried (${code})`;
    const remedy = 'check that it runs, and that no firewall blocks UDP and TCP 53; or set dns.servers';
    return (someAnswers ? warning : problem)(words, remedy);
  });
}
