import test from 'ava';
import { folderOf, tidegate } from '../command.js';

test.serial('every setting is shown with its source', async (t) => {
  const folder = await folderOf(t, { 'tidegate.yaml': 'dns:\n  timeout: 2s\n' });
  const options = { cwd: folder.path, environment: { TIDEGATE_REVOCATION: 'keep' } };
  const table = await tidegate(['config', 'show', '--listen', '127.0.0.1:1', '--listen', '[::1]:1'], options);
  t.is(table.code, 0);
  t.regex(table.stdout, /^listen +127\.0\.0\.1:1, \[::1\]:1 +--listen$/m);
  t.regex(table.stdout, /^dns\.timeout +2s +tidegate\.yaml:2:3$/m);
  t.regex(table.stdout, /^revocation +keep +TIDEGATE_REVOCATION$/m);
  t.regex(table.stdout, /^timeouts\.tunnel-idle +never +default$/m);
  t.true(table.stdout.endsWith(`\nread from ${folder.path}/tidegate.yaml\n`), table.stdout);
  const json = await tidegate(['config', 'show', '--json'], options);
  t.like(JSON.parse(json.stdout), { 'dns.timeout': { value: '2s', from: 'tidegate.yaml:2:3' } });
});

test.serial(
  'all problems of a configuration are reported, each with its position, and the exit code is 78',
  async (t) => {
    const folder = await folderOf(t, { 'tidegate.yaml': 'polices: x\ndns: {timeout: 2}\n' });
    const ran = await tidegate(['config', 'show', '--log-level', 'loud'], { cwd: folder.path });
    t.is(ran.code, 78);
    t.is(
      ran.stderr,
      [
        'tidegate: invalid configuration',
        '  tidegate.yaml:1:1: error: unknown key "polices" [unknown_key]',
        '    1 | polices: *',
        '      | ^^^^^^^',
        '    hint: did you mean "policies"?',
        '  tidegate.yaml:2:16: error: dns.timeout: expected a duration from 100ms to 11s [bad_value]',
        '    2 | dns: {timeout: 2}',
        '      |                ^',
        '    hint: write a whole number and a unit: 250ms, 10s, 5m, 1h or 2d',
        '  --log-level: error: expected one of debug, info, warn, error [bad_value]',
        '',
      ].join('\n'),
    );
  },
);
