import test from 'ava';
import {
  count,
  dnsServer,
  duration,
  orWord,
  formatDuration,
  formatListen,
  formatSize,
  hosts,
  listen,
  listOf,
  pathFrom,
  type Reader,
  size,
  transport,
  word,
  yesOrNo,
} from '../../lib/config/values.js';

/** The value read, or the word `wrong`. */
function valueOf<T>(read: Reader<T>, raw: unknown): T | 'wrong' {
  const value = read(raw);
  return value.kind === 'value' ? value.value : 'wrong';
}

test('a time is a whole number and a unit', (t) => {
  const read = duration(0);
  t.is(valueOf(read, '250ms'), 250);
  t.is(valueOf(read, '10s'), 10_000);
  t.is(valueOf(read, '5m'), 300_000);
  t.is(valueOf(read, '1h'), 3_600_000);
  t.is(valueOf(read, '24d'), 24 * 86_400_000);
  for (const raw of [10, '10', '1.5s', '-1s', 's', '10 s', '', null, '25d', '1y']) t.is(valueOf(read, raw), 'wrong');
  t.is(valueOf(orWord('never', duration(1_000)), 'never'), 'never');
  t.is(valueOf(orWord('never', duration(1_000)), '999ms'), 'wrong');
});

test('times and sizes are written as they are read', (t) => {
  for (const text of ['250ms', '1500ms', '10s', '90s', '5m', '1h', '2d']) {
    t.is(formatDuration(Number(valueOf(duration(0), text))), text);
  }
  for (const text of ['64KiB', '1536KiB', '256MiB', '1GiB']) {
    t.is(formatSize(Number(valueOf(size(0, 2 ** 40), text))), text);
  }
  t.is(formatDuration(0), '0ms');
});

test('a size is a whole number and a binary unit', (t) => {
  for (const raw of [1024, '1024', '256MB', '256 MiB', '0.5GiB', '65KiB'])
    t.is(valueOf(size(0, 2 ** 16), raw), 'wrong');
});

test('numbers, words and yes-or-no come as text or as YAML reads them', (t) => {
  t.is(valueOf(count(1, 10), 7), 7);
  t.is(valueOf(count(1, 10), '7'), 7);
  for (const raw of [0, 11, 1.5, '-1', '', ' 7', true]) t.is(valueOf(count(1, 10), raw), 'wrong');
  t.is(valueOf(word('close', 'keep'), 'keep'), 'keep');
  t.is(valueOf(word('close', 'keep'), 'Keep'), 'wrong');
  t.is(valueOf(yesOrNo, 'true'), true);
  t.is(valueOf(yesOrNo, false), false);
  t.is(valueOf(yesOrNo, 'yes'), 'wrong');
});

test('a listener is an address and a port; port 0 is any', (t) => {
  t.deepEqual(valueOf(listen, '127.0.0.1:3128'), { host: '127.0.0.1', port: 3128 });
  t.deepEqual(valueOf(listen, '[::1]:0'), { host: '::1', port: 0 });
  for (const raw of ['3128', 3128, ':3128', '127.0.0.1', 'localhost:3128', '::1:3128', '1.2.3.4:65536', '*:1', '']) {
    t.is(valueOf(listen, raw), 'wrong', String(raw));
  }
  t.is(formatListen({ host: '::1', port: 1 }), '[::1]:1');
});

test('a DNS server is an address, with or without a port', (t) => {
  t.is(valueOf(dnsServer, '10.0.0.53'), '10.0.0.53');
  t.is(valueOf(dnsServer, '10.0.0.53:5353'), '10.0.0.53:5353');
  t.is(valueOf(dnsServer, '2001:db8::53'), '[2001:db8::53]');
  t.is(valueOf(dnsServer, '[2001:db8::53]:53'), '[2001:db8::53]:53');
  for (const raw of ['dns.corp', '10.0.0.53:0', '10.0.0', '']) t.is(valueOf(dnsServer, raw), 'wrong', raw);
});

test('a list has entries, none of them twice, and tells of every wrong one', (t) => {
  const read = listOf(count(1, 9), String);
  t.deepEqual(valueOf(read, [1, '2']), [1, 2]);
  t.is(valueOf(read, []), 'wrong');
  t.is(valueOf(read, 1), 'wrong');
  const wrong = read([1, 0, 1, 'x']);
  t.deepEqual(wrong.kind === 'wrong' && wrong.problems.map(({ at }) => at), [[1], [2], [3]]);
});

test('hosts map names, in their canonical form, to addresses', (t) => {
  const read = valueOf(hosts, { 'Tentacle-1.CORP': ['10.0.0.5', '2001:db8::5'] });
  t.deepEqual(read !== 'wrong' && [...read].map(([name, list]) => [name, ...list.map(({ text }) => text)]), [
    ['tentacle-1.corp', '10.0.0.5', '2001:db8::5'],
  ]);
  for (const raw of [
    { a: '10.0.0.5' },
    { a: [] },
    { A: ['10.0.0.5'], a: ['10.0.0.5'] },
    [],
    null,
    { 'a b': ['::1'] },
  ]) {
    t.is(valueOf(hosts, raw), 'wrong', JSON.stringify(raw));
  }
});

test('a transport has a name and options; what is wrong is told without their values', (t) => {
  t.deepEqual(valueOf(transport, { use: 'file' }), { use: 'file', options: {} });
  t.deepEqual(valueOf(transport, { use: '@corp/winston-x', options: { token: 's' } }), {
    use: '@corp/winston-x',
    options: { token: 's' },
  });
  for (const raw of [
    'file',
    {},
    { use: '../x' },
    { use: 'file', options: ['secret'] },
    { use: 'file', token: 'secret' },
  ]) {
    const read = transport(raw);
    t.is(read.kind, 'wrong');
    t.notRegex(JSON.stringify(read), /secret/);
  }
});

test('a path is taken from the folder of the one who said it', (t) => {
  t.is(valueOf(pathFrom('/etc/tidegate'), 'users'), '/etc/tidegate/users');
  t.is(valueOf(pathFrom('/etc/tidegate'), '/var/lib'), '/var/lib');
  for (const raw of ['', 'a\0b', 1, null]) t.is(valueOf(pathFrom('/'), raw), 'wrong');
});
