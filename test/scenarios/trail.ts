import { carriedOut } from '../cli/command.js';

/** A row of the list, or an event of ECS or OCSF, as far as it is shown. */
interface Shown {
  readonly attempt?: string;
  readonly verdict?: string;
  readonly reason?: string;
  readonly event?: { readonly action: string };
  readonly action?: string;
  readonly action_id?: number;
}

const ACTIONS = ['', 'Allowed', 'Denied', 'Observed'];

/** What the commands of an auditor call each attempt, newest first: the list, its filters, `show`, and all exports. */
export async function showTrail(state: string): Promise<string> {
  const audit = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await carriedOut(['audit', ...args, '--state', state]);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  const rows = objects(await audit('list', '--json'));
  const lines: string[] = [];
  for (const { attempt = '', verdict = '', reason = '' } of rows) {
    lines.push(`list: ${verdict} ${reason}`);
    for (const asked of ['allowed', 'denied', 'refused', 'failed']) {
      const found = await audit('list', '--json', '--verdict', asked, '--reason', reason);
      if (found.includes(attempt)) lines.push(`list --verdict ${asked} --reason ${reason}: found`);
    }
    lines.push(`show: ${(await audit('show', attempt)).split('\n', 1).join('')}`);
    const exported = (format: string): Promise<string> => audit('export', '--format', format, '--text', attempt);
    const ecs = objects(await exported('ecs')).map(({ event }) => event?.action);
    const ocsf = objects(await exported('ocsf')).map(({ action, action_id: id = 0 }) => action ?? ACTIONS[id]);
    const cef = [...(await exported('cef')).matchAll(/ act=(\w+)/g)].map(([, act]) => act);
    lines.push(`ecs: ${ecs.join(', ')}`, `ocsf: ${ocsf.join(', ')}`, `cef: ${cef.join(', ')}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function objects(text: string): readonly Shown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Shown);
}
