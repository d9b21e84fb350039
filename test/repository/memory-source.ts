import { revisionOf, type PolicySource } from '../../lib/repository/policy-source.js';
import type { TestedSource } from './source-contract.js';

/** A source of policy files that is held in memory: what a remote will be, without the remote. */
export function memorySource(first: Readonly<Record<string, string>>): TestedSource {
  let files: Readonly<Record<string, string>> | 'failing' = first;
  let known: Readonly<Record<string, string>> | 'failing' | 'none' = 'none';
  let notify: () => Promise<void> = () => Promise.resolve();
  let isClosed = false;
  const put = async (next: Readonly<Record<string, string>> | 'failing'): Promise<void> => {
    files = next;
    if (!isClosed) await notify();
  };
  const read: PolicySource['read'] = () => {
    known = files;
    if (files === 'failing') {
      const message = 'the remote does not answer';
      const problem = {
        severity: 'error',
        code: 'unreadable',
        file: 'memory',
        position: 'whole_file',
        message,
      } as const;
      return Promise.resolve({ kind: 'failed', problem: { ...problem, hint: 'none' } });
    }
    const read = Object.entries(files).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
    const sorted = read.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return Promise.resolve({
      kind: 'content',
      files: sorted,
      revision: revisionOf(sorted),
      origin: 'memory',
      problems: [],
    });
  };
  const source: PolicySource = {
    name: 'memory',
    read,
    check: () => Promise.resolve(isClosed ? 'unknown' : known === files ? 'unchanged' : 'changed'),
    watch: (each) => {
      notify = each;
    },
    close: () => {
      isClosed = true;
      return Promise.resolve();
    },
  };
  return { source, put, fail: () => put('failing') };
}
