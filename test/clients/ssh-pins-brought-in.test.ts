import { join } from 'node:path';
import test from 'ava';
import { tidegate as command } from '../cli/command.js';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import { startTidegate, type Line } from '../fixtures/tidegate.js';
import { until } from '../fixtures/waiting.js';
import { testWith } from '../programs.js';
import { checkOf, sshPolicy } from '../proxy/inspect/ssh-peers.js';
import { startSshd } from './sshd.js';

const STALE = 'SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDZUdtAVv8Q/1C0Y2M';

let folder: Folder;
test.before(async () => {
  folder = await makeFolder();
});
test.after.always(() => folder.remove());

const withOpenSsh = testWith('ssh', 'sshd', 'ssh-keygen', 'nc');

withOpenSsh('what a rule that observes records is, as audit show prints it, the pin that then enforces', async (t) => {
  const sshd = await startSshd(folder, '/usr/sbin/sshd');
  t.teardown(sshd.stop);
  const tidegate = await startTidegate({
    policies: { 'linux.yaml': sshPolicy(sshd.port, { pins: [STALE], more: ['mode: observe'] }) },
    config: { hosts: { 'linux.test': ['127.0.0.1'] } },
  });
  t.teardown(tidegate.discard);

  const recordsOf = async (kind: string) => (await tidegate.journal()).filter((line) => line['kind'] === kind);
  /** Does something, and gives the next record of that kind. */
  const causing = async <T>(
    kind: string,
    act: () => Promise<T>,
  ): Promise<{ readonly done: T; readonly record: Line }> => {
    const before = (await recordsOf(kind)).length;
    const done = await act();
    await until(
      async () => (await recordsOf(kind)).length > before,
      () => `no further ${kind}; said ${tidegate.said()}`,
    );
    return { done, record: (await recordsOf(kind))[before] ?? {} };
  };
  /** Runs a command over the host, and gives what ssh said and the record of the tunnel's end. */
  const ssh = async () => {
    const through = ['-o', `ProxyCommand=nc -X connect -x 127.0.0.1:${tidegate.port} %h %p`];
    const words = [...through, ...sshd.options, '-p', String(sshd.port), `${sshd.user}@linux.test`, 'echo in'];
    const { done, record } = await causing('close', () => run('ssh', words));
    return { ran: done, close: record };
  };
  const change = async (text: string) => {
    const { record } = await causing('policy', async () => {
      await tidegate.folder.write(join('policies', 'linux.yaml'), text);
      tidegate.signal('SIGHUP');
    });
    t.is(record['outcome'], 'adopted', JSON.stringify(record));
  };

  const observed = await ssh();
  t.is(observed.ran.stdout, 'in\n', observed.ran.stderr);
  t.like(observed.close, { would_deny: 'host_key_mismatch', cleared_by: 'linux/linux' });

  const state = ['--state', join(tidegate.folder.path, 'state')];
  const listed = await command(['audit', 'list', '--would-deny', ...state]);
  const attempt = String(observed.close['attempt']);
  t.true(listed.stdout.includes('linux.test'), listed.stdout + listed.stderr);
  const { stdout: shown, stderr } = await command(['audit', 'show', attempt, ...state]);
  const pin = (await run('ssh-keygen', ['-l', '-f', join(folder.path, 'host_ed25519.pub')])).stdout.split(' ')[1] ?? '';
  const line = shown.split('\n').find((text) => text.includes('host-keys:')) ?? '';
  t.is(line.trim(), `host-keys: ["${STALE}", "${pin}"] # ssh-ed25519`, shown + stderr);

  await change(sshPolicy(sshd.port, { more: [line.trim()] }));
  const enforced = await ssh();
  t.is(enforced.ran.stdout, 'in\n', enforced.ran.stderr);
  t.like(enforced.close, { would_deny: 'none', cleared_by: 'linux/linux' });
  t.like(checkOf(enforced.close), { expected: [STALE, pin], seen: pin, outcome: 'verified' });

  await change(sshPolicy(sshd.port, { pins: [STALE] }));
  const refused = await ssh();
  t.regex(refused.ran.stderr, /:9: Egress denied: the SSH host key is not one the rule lists \[rule linux\/linux\]/);
  t.true(refused.ran.stderr.includes(String(refused.close['attempt'])));
  t.like(refused.close, { ended_by: 'host_key_mismatch' });
});
