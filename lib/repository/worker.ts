import { workerData } from 'node:worker_threads';
import { isTask, type LoadReport } from './load-in-thread.js';
import { loadContent } from './loading.js';

// The thread that loads policies, which takes longer than a proxy may pause. It posts a report, then the set in pieces.
const task: unknown = workerData;
if (!isTask(task)) throw new Error('the loading thread was started without a task');
const { content, name, today, port } = task;
const loading = loadContent(content, today, name);
if (loading.kind === 'loaded') {
  const { kind, revision, warnings, cases, set } = loading;
  port.postMessage({ kind, revision, warnings, cases, rules: set.ruleCount } satisfies LoadReport);
  for (const slice of loading.compiled) port.postMessage(slice);
} else {
  port.postMessage(loading satisfies LoadReport);
}
port.close();
