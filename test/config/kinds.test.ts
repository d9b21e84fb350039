import test from 'ava';
import { count, duration, flag, type Kind, list, orWord, path, size, unless, word } from '../../lib/config/kinds.js';

/** The value that was read, or `'problems'`. */
function valueOf<T>(kind: Kind<T>, raw: unknown, folder = '/'): T | 'problems' {
  const found = kind.read(raw, folder);
  return found.kind === 'value' ? found.value : 'problems';
}

test('a duration is a whole number and a unit', (t) => {
  const read = duration(0);
  t.is(valueOf(read, '250ms'), 250);
  t.is(valueOf(read, '10s'), 10_000);
  t.is(valueOf(read, '5m'), 300_000);
  t.is(valueOf(read, '1h'), 3_600_000);
  t.is(valueOf(read, '24d'), 24 * 86_400_000);
  for (const raw of [10, '10', '1.5s', '-1s', 's', '10 s', '', null, '25d', '1y']) t.is(valueOf(read, raw), 'problems');
  t.is(valueOf(orWord('never', duration(1_000)), 'never'), 'never');
  t.is(valueOf(orWord('never', duration(1_000)), '999ms'), 'problems');
});

test('durations and sizes are written as they are read', (t) => {
  for (const text of ['250ms', '1500ms', '10s', '90s', '5m', '1h', '2d']) {
    t.is(duration(0).show(Number(valueOf(duration(0), text))), text);
  }
  for (const text of ['64KiB', '1536KiB', '256MiB', '1GiB']) {
    t.is(size(0, 2 ** 40).show(Number(valueOf(size(0, 2 ** 40), text))), text);
  }
  t.is(duration(0).show(0), '0ms');
});

test('a size is a whole number and a binary unit', (t) => {
  for (const raw of [1024, '1024', '256MB', '256 MiB', '0.5GiB', '65KiB'])
    t.is(valueOf(size(0, 2 ** 16), raw), 'problems');
});

test('numbers, words and flags come as text or as YAML reads them', (t) => {
  t.is(valueOf(count(1, 10), 7), 7);
  t.is(valueOf(count(1, 10), '7'), 7);
  for (const raw of [0, 11, 1.5, '-1', '', ' 7', true]) t.is(valueOf(count(1, 10), raw), 'problems');
  t.is(valueOf(word('close', 'keep'), 'keep'), 'keep');
  t.is(valueOf(word('close', 'keep'), 'Keep'), 'problems');
  t.is(valueOf(flag, 'true'), true);
  t.is(valueOf(flag, false), false);
  t.is(valueOf(flag, 'yes'), 'problems');
});

test('a list has entries without duplicates, and reports every problem', (t) => {
  const kind = list(count(1, 9));
  t.deepEqual(valueOf(kind, [1, '2']), [1, 2]);
  t.is(valueOf(kind, []), 'problems');
  t.is(valueOf(kind, 1), 'problems');
  const found = kind.read([1, 0, 1, 'x'], '/');
  t.deepEqual(found.kind === 'problems' && found.problems.map(({ at }) => at), [[1], [2], [3]]);
  t.is(kind.text, 'list');
  t.is(list(kind).text, 'file_only');
  t.is(kind.show([1, 2]), '1, 2');
  t.is(kind.show([]), 'none');
});

test('a relative path starts from the folder of its source', (t) => {
  t.is(valueOf(path, 'users', '/etc/tidegate'), '/etc/tidegate/users');
  t.is(valueOf(path, '/var/lib', '/etc/tidegate'), '/var/lib');
  for (const raw of ['', 'a\0b', 1, null]) t.is(valueOf(path, raw), 'problems');
});

test('a word that says "no such value" can be shown, and cannot be written', (t) => {
  const kind = unless('system', path, "the system's");
  t.is(kind.show('system'), "the system's");
  t.is(valueOf(kind, 'system'), '/system');
  t.is(orWord('never', duration(0)).show('never'), 'never');
  const found = orWord('never', duration(0)).read('nevr', '/');
  t.regex(found.kind === 'problems' ? found.problems[0].message : '', /^expected a duration .* or never$/);
});

test('a word that is nearly right is suggested', (t) => {
  const found = word('debug', 'info').read('debgu', '/');
  t.like(found, { problems: [{ message: 'expected one of debug, info', hint: 'did you mean "debug"?' }] });
});
