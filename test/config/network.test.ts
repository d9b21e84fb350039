import test from 'ava';
import type { Kind } from '../../lib/config/kinds.js';
import { dnsServer, formatListen, headers, host, hosts, listener, webAddress } from '../../lib/config/network.js';

/** The value that was read, or `'problems'`. */
function valueOf<T>(kind: Kind<T>, raw: unknown): T | 'problems' {
  const found = kind.read(raw, '/');
  return found.kind === 'value' ? found.value : 'problems';
}

test('a listener is an address and a port; port 0 is any', (t) => {
  t.deepEqual(valueOf(listener, '127.0.0.1:3128'), { host: '127.0.0.1', port: 3128 });
  t.deepEqual(valueOf(listener, '[::1]:0'), { host: '::1', port: 0 });
  for (const raw of ['3128', 3128, ':3128', '127.0.0.1', 'localhost:3128', '::1:3128', '1.2.3.4:65536', '*:1', '']) {
    t.is(valueOf(listener, raw), 'problems', String(raw));
  }
  t.is(formatListen({ host: '::1', port: 1 }), '[::1]:1');
});

test('a DNS server is an address, with or without a port', (t) => {
  t.is(valueOf(dnsServer, '10.0.0.53'), '10.0.0.53');
  t.is(valueOf(dnsServer, '10.0.0.53:5353'), '10.0.0.53:5353');
  t.is(valueOf(dnsServer, '2001:db8::53'), '[2001:db8::53]');
  t.is(valueOf(dnsServer, '[2001:db8::53]:53'), '[2001:db8::53]:53');
  for (const raw of ['dns.corp', '10.0.0.53:0', '10.0.0', '']) t.is(valueOf(dnsServer, raw), 'problems', raw);
});

test('hosts map names, in their canonical form, to addresses', (t) => {
  const read = valueOf(hosts, { 'Tentacle-1.CORP': ['10.0.0.5', '2001:db8::5'] });
  t.deepEqual(read !== 'problems' && [...read].map(([name, list]) => [name, ...list.map(({ text }) => text)]), [
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
    t.is(valueOf(hosts, raw), 'problems', JSON.stringify(raw));
  }
});

test('a host is a name or an address, in canonical form', (t) => {
  t.is(valueOf(host, 'Logs.Corp.example'), 'logs.corp.example');
  t.is(valueOf(host, '2001:DB8::1'), '2001:db8::1');
  for (const raw of ['a b', '', '1.2.3', 7]) t.is(valueOf(host, raw), 'problems', String(raw));
});

test('a web address has no user, no password and no fragment', (t) => {
  t.is(valueOf(webAddress, 'https://siem.example:8088'), 'https://siem.example:8088/');
  for (const raw of ['https://u@a.b/', 'https://u:p@a.b/', 'https://a.b/#x', 'ftp://a.b/', 'a.b', 7])
    t.is(valueOf(webAddress, raw), 'problems', String(raw));
});

test('headers have names in lower case; reserved ones are refused', (t) => {
  t.deepEqual(valueOf(headers, { 'X-Tenant': 'a' }), new Map([['x-tenant', 'a']]));
  for (const raw of [{ Host: 'a' }, { 'a b': 'c' }, { a: 'b\n' }, { a: 1 }, []])
    t.is(valueOf(headers, raw), 'problems');
});
