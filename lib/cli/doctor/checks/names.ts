import type { DnsServerState } from '../../../proxy/index.js';
import { type Finding, findingsOf } from './finding.js';

const { ok, warning, problem } = findingsOf('dns');

/** Says what the answers of the DNS servers mean. A name is asked of each in turn, so one that is silent costs time only. */
export function checkNames(answers: readonly DnsServerState[]): readonly Finding[] {
  if (answers.length === 0) {
    return [problem('the system knows no DNS server', 'name one in dns.servers, or in /etc/resolv.conf')];
  }
  const someAnswers = answers.some(({ kind }) => kind === 'answers');
  return answers.map(({ server, kind, code }) => {
    if (kind === 'answers' && code === 'none') return ok(`${server} answers`);
    if (kind === 'answers') {
      return warning(
        `${server} answers, but not the question for the root's name servers (${code})`,
        'see whether it resolves for this machine: --try a destination by name',
      );
    }
    const words = kind === 'silent' ? `${server} does not answer in time` : `${server} cannot be asked (${code})`;
    const remedy = 'see that it runs, and that a firewall lets UDP and TCP 53 through; or name others in dns.servers';
    return (someAnswers ? warning : problem)(words, remedy);
  });
}
