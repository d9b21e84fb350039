import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import test from 'ava';
import { destination, HOST_KEY, HOST_KEY_CHECK, LINUX, SSH_TRAFFIC } from '../../audit/samples.js';
import { run } from '../../fixtures/program.js';
import { PROGRAM, startTidegate } from '../../fixtures/tidegate.js';
import { orHung } from '../../fixtures/waiting.js';
import { DENIED } from '../../review/decisions.js';
import { close, decision, idOf, makeJournal } from '../../review/journals.js';
import { ip } from '../../policy/samples.js';
import { carriedOut, folderOf } from '../command.js';

interface Row {
  readonly attempt: string;
  readonly verdict: string;
  readonly count: number;
}

test.serial('attempts are listed by filter, shown one by one, and followed', async (t) => {
  const running = await startTidegate();
  t.teardown(running.discard);
  const state = join(running.folder.path, 'state');
  const audit = (...args: string[]) => carriedOut(['audit', ...args, '--state', state]);
  t.is((await audit('list')).stdout, 'no attempt matches\n');
  const tail = spawn(process.execPath, [PROGRAM, 'audit', 'tail', '--json', '--state', state]);
  t.teardown(() => tail.kill('SIGKILL'));
  const followed = new Promise<string>((resolve) =>
    tail.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString())),
  );
  // The tail begins with what comes after it, so ask until it has seen something.
  const ask = (host: string) =>
    run('curl', ['-s', '-o', '/dev/null', '-x', `http://127.0.0.1:${running.port}`, `http://${host}/secret?query`]);
  const asking = setInterval(() => void ask('denied.example'), 300);
  t.teardown(() => clearInterval(asking));
  const seen = await orHung(followed, () => 'the tail shows nothing');
  clearInterval(asking);
  t.like(JSON.parse(seen.split('\n')[0] ?? ''), { event: 'decided', attempt: { verdict: 'denied' } });
  const ended = new Promise((resolve) => tail.once('close', resolve));
  tail.kill('SIGINT');
  t.is(await orHung(ended, () => 'the tail does not end'), 0);

  await ask('other.example');
  const rows = (await audit('list', '--json')).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  t.is(rows.length, 2, 'identical refusals are one row');
  const [first] = rows;
  const table = await audit('list', '--destination', 'other.example');
  t.regex(table.stdout, /^received +verdict +client +request +why +outcome +attempt\n/);
  t.regex(table.stdout, /denied +127\.0\.0\.1 +GET other\.example:80 +destination_not_allowed/);
  t.is(table.stdout.trimEnd().split('\n').length, 2);
  const shown = await audit('show', first?.attempt ?? '');
  t.is(shown.code, 0);
  t.regex(shown.stdout, /^decision record \d+ of segment/m);
  t.notRegex(shown.stdout + table.stdout, /query/);
  t.is((await audit('show', '01234567-0000')).code, 1);
  t.is(await running.stop(), 0);
  const [newest = '', ...older] = (await audit('list', '--json')).stdout.trimEnd().split('\n');
  t.true(older.length > 0);
  t.regex(newest, /^\{"seq":\d+,.*"verdict":"/);
  t.is((await audit('list', '--limit', '1', '--json')).stdout, `${newest}\n`);
});

test.serial('checks are shown as text with lines for pins, and as JSON', async (t) => {
  const journal = await makeJournal();
  t.teardown(journal.remove);
  const judged = { rule: LINUX, checks: [HOST_KEY_CHECK], wouldDeny: 'host_key_mismatch' } as const;
  await journal.write(decision(1), close(1, { observation: SSH_TRAFFIC, judged }), decision(2), close(2), decision(3));
  const cut = { verdict: 'denied', reason: 'host_key_mismatch', endedBy: 'host_key_mismatch' } as const;
  await journal.write(close(3, { observation: SSH_TRAFFIC, judged: { ...judged, wouldDeny: 'none' }, ...cut }));
  const state = dirname(journal.directory);
  const audit = (...args: string[]) => carriedOut(['audit', ...args, '--state', state]);

  const shown = (await audit('show', idOf(1))).stdout;
  t.regex(shown, /host key: MISMATCH, seen SHA256:47DE/);
  const line = `      host-keys: ["${HOST_KEY_CHECK.expected.join()}", "${HOST_KEY}"] # ssh-ed25519\n`;
  t.true(shown.includes(`verify it before you add it, in rule linux (production.yaml:30):\n${line}`), shown);
  t.notRegex((await audit('show', idOf(2))).stdout, /to pin|verify it/);

  const lines = (await audit('show', idOf(1), '--json')).stdout.trimEnd().split('\n');
  t.like(JSON.parse(lines.at(-1) ?? ''), { attempt: idOf(1), pins: [{ key: 'host-keys', seen: HOST_KEY }] });
  const [first = '', ...records] = (await audit('show', idOf(2), '--json')).stdout.trimEnd().split('\n');
  t.like(JSON.parse(first), { attempt: idOf(2), verdict: 'allowed', reason: 'rule_holds' });
  t.is(records.length, 2);
  t.regex(
    (await audit('show', idOf(3))).stdout,
    /^denied: host_key_mismatch\nattempt .*\n[^]*\ndecided +allowed \(rule_holds\), before the dial\n/,
  );

  const found = (await audit('list', '--outcome', 'mismatch', '--fact', 'host_key')).stdout;
  t.deepEqual([found.includes(idOf(1)), found.includes(idOf(2)), found.includes(idOf(3))], [true, false, true]);
  t.regex(found, /would be denied: host_key_mismatch +1\.5 KiB out/);
  t.regex(found, /Z +denied .* host_key_mismatch \(production\/feeds\) .*3\n/);
  t.is((await audit('list', '--fact', 'thumbprint')).stdout, 'no attempt matches\n');
});

test.serial('a list says where it is cut, as text and as JSON, and its output has attempts only', async (t) => {
  const journal = await makeJournal();
  t.teardown(journal.remove);
  await journal.write(decision(1), close(1), decision(2), close(2), decision(3), close(3));
  const list = (...args: string[]) => carriedOut(['audit', 'list', '--state', dirname(journal.directory), ...args]);
  for (const form of [[], ['--json']]) {
    const cut = await list('--limit', '2', ...form);
    t.is(cut.code, 0);
    t.is(cut.stdout.trimEnd().split('\n').length, form.length === 0 ? 3 : 2);
    t.regex(cut.stderr, /^tidegate: cut at --limit 2: more attempts match, .*\n {2}list more with --limit /);
    t.is((await list('--limit', '3', ...form)).stderr, '');
  }
});

test.serial('a plain denial is shown with its verdict first, the nearest rules, and what would allow it', async (t) => {
  const journal = await makeJournal();
  t.teardown(journal.remove);
  const near = { rule: LINUX, failed: 'port_not_allowed' } as const;
  const verdict = { kind: 'denied', reason: 'port_not_allowed', rule: LINUX, nearest: [near] } as const;
  await journal.write(
    decision(1, { verdict, status: 403, destination: destination('linux.corp.example:2222') }),
    decision(2, { verdict: DENIED, status: 403 }),
  );
  const show = async (number: number) =>
    (await carriedOut(['audit', 'show', idOf(number), '--state', dirname(journal.directory)])).stdout;
  const [first, ...lines] = (await show(1)).split('\n');
  t.is(first, 'denied: port_not_allowed');
  const { policy, id, file, line } = LINUX;
  t.true(lines.includes(`nearest rules ${policy}/${id} (${file}:${line}): port_not_allowed`), lines.join('\n'));
  t.true(lines.includes(`to allow it   add to "ports" of rule ${policy}/${id}: 2222`), lines.join('\n'));
  const unlisted = await show(2);
  t.regex(unlisted, /^denied: destination_not_allowed\n/);
  t.regex(unlisted, /\nnearest rules none listed the destination for this client\n/);
  t.regex(unlisted, /\nto allow it {3}add a rule: - \{id: new-rule, to: \["/);
});

test.serial('a denial that no rule listed is compared with the policies of today', async (t) => {
  const journal = await makeJournal();
  t.teardown(journal.remove);
  const asked = { verdict: DENIED, status: 403, destination: destination('api.nuget.example:443') };
  await journal.write(decision(1, asked));
  const rule = '  - {id: feeds, to: [feed.nuget.example], protocol: tls}\n';
  const other = '  - {id: others, to: [other.example], protocol: tls}\n';
  const { path, write } = await folderOf(t, { 'p/web.yaml': `policy: web\nallow:\n${other}${rule}` });
  const show = async (...args: string[]) => {
    const options = ['--state', dirname(journal.directory), '--policies', join(path, 'p')];
    return (await carriedOut(['audit', 'show', idOf(1), ...options, ...args])).stdout;
  };
  const lines = (await show()).split('\n').map((line) => line.trim());
  t.true(lines.includes('the nearest of the others, in the policies of today, which are others:'), lines.join('\n'));
  const near = lines.filter((line) => line.startsWith('web/'));
  t.deepEqual(near, [
    'web/feeds (web.yaml:4): api.nuget.example is not among feed.nuget.example',
    'web/others (web.yaml:3): api.nuget.example is not among other.example',
  ]);
  const [json = ''] = (await show('--json')).split('\n');
  t.like(JSON.parse(json), {
    nearest_now: { passes: false, rules: [{ rule: { id: 'feeds' } }, { rule: { id: 'others' } }] },
  });
  await write('p/web.yaml', `policy: web\nallow:\n${rule.replace('feed.', 'api.')}`);
  t.regex(await show(), /\nnow +passes by web\/feeds \(web\.yaml:3\), in the policies of today/);
  await write('p/web.yaml', 'nonsense');
  t.regex(await show(), /^denied: destination_not_allowed\n/);
});

test.serial('an invalid filter is a usage error that names every problem', async (t) => {
  const ran = await carriedOut([
    'audit',
    'list',
    '--verdict',
    'maybe',
    '--since',
    'yesterday',
    '--client',
    '10.0.0.1/8',
    '--outcome',
    'good',
    '--fact',
    'name',
  ]);
  t.is(ran.code, 2);
  for (const flag of ['--verdict', '--since', '--client', '--outcome', '--fact'])
    t.true(ran.stderr.includes(`\n  invalid ${flag} `), ran.stderr);
  t.is((await carriedOut(['audit', 'list', '--limit', '0'])).code, 2);
});

test.serial('a missing journal ends with exit code 66', async (t) => {
  const { path } = await folderOf(t);
  const ran = await carriedOut(['audit', 'list', '--state', path]);
  t.is(ran.code, 66);
  t.regex(ran.stderr, /cannot read the journal in .* \(ENOENT\)/);
});

test.serial('an observed private destination is listed by --would-deny, and shown with the line to add', async (t) => {
  const journal = await makeJournal();
  t.teardown(journal.remove);
  const resolved = { addresses: [ip('10.30.0.7'), ip('127.0.0.1')], aliases: [] };
  const near = { rule: LINUX, failed: 'address_not_allowed' } as const;
  const verdict = { kind: 'allowed', rules: [], protocol: 'any' } as const;
  await journal.write(
    decision(1, {
      resolved: { ...resolved, dropped: [{ address: ip('127.0.0.1'), reason: 'special_purpose' }] },
      verdict: { ...verdict, wouldDeny: { reason: 'address_not_allowed', nearest: [near] } },
    }),
    close(1),
    decision(2),
  );
  const state = dirname(journal.directory);
  const audit = (...args: string[]) => carriedOut(['audit', ...args, '--state', state]);
  const rows = (await audit('list', '--would-deny', '--json')).stdout.trimEnd().split('\n');
  const line = `add to rule ${LINUX.policy}/${LINUX.id}: resolves-to: ["10.30.0.7"]`;
  t.is(rows.length, 1);
  t.like(JSON.parse(rows[0] ?? ''), { attempt: idOf(1), would_deny: 'address_not_allowed', to_allow: line });
  t.true((await audit('show', idOf(1))).stdout.includes(`\nto allow it   ${line}\n`));
  t.notRegex((await audit('show', idOf(2))).stdout, /to allow it/);
});
