import { workerData } from 'node:worker_threads';
import { isTask, type Report } from './handover.js';
import { loadPolicies } from './loading.js';

/*
 * The thread that loads policies: reading, checking and compiling ten thousand rules takes longer than a proxy may pause.
 * It posts its report, then the compiled set piece by piece, and ends.
 */
const task: unknown = workerData;
if (!isTask(task)) throw new Error('the loading thread was started without a task');
const { folder, today, port } = task;
const loading = await loadPolicies(folder, today);
if (loading.kind === 'loaded') {
  const { kind, revision, fingerprint, warnings, cases, set } = loading;
  port.postMessage({ kind, revision, fingerprint, warnings, cases, rules: set.ruleCount } satisfies Report);
  for (const slice of loading.compiled) port.postMessage(slice);
} else {
  port.postMessage(loading satisfies Report);
}
port.close();
