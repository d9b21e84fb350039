import test from 'ava';
import { readDnsServer, ServerList } from '../../lib/dns/index.js';
import { until } from '../fixtures/waiting.js';

const textsOf = (list: ServerList): readonly string[] => list.current().map(({ text }) => text);

test("the system's servers are read again, and a change is reported once", async (t) => {
  let system = ['10.0.0.1', '10.0.0.2'];
  const changes: (readonly string[])[] = [];
  const list = new ServerList(
    'system',
    (servers) => changes.push(servers),
    () => system,
  );
  t.deepEqual(textsOf(list), ['10.0.0.1', '10.0.0.2']);
  system = ['10.0.0.3'];
  await until(
    () => textsOf(list)[0] === '10.0.0.3',
    () => 'the change',
  );
  t.deepEqual(changes, [['10.0.0.3']]);
});

test('they are read at once when that is asked for', (t) => {
  let system = ['10.0.0.1'];
  const list = new ServerList('system', undefined, () => system);
  system = ['127.0.0.1'];
  list.reread();
  t.deepEqual(textsOf(list), ['127.0.0.1']);
});

test('a file without servers for a moment leaves the servers as they are', async (t) => {
  let system = ['10.0.0.1'];
  let reads = 0;
  const list = new ServerList('system', undefined, () => {
    reads += 1;
    return system;
  });
  system = ['127.0.0.1'];
  await until(
    () => {
      list.current();
      return reads === 2;
    },
    () => 'the second read',
  );
  t.deepEqual(textsOf(list), ['10.0.0.1']);
  await until(
    () => textsOf(list)[0] === '127.0.0.1',
    () => 'the change',
  );
  t.is(reads, 3);
});

test('the servers of the configuration are not those of the system', (t) => {
  const list = new ServerList(['10.0.0.9'], undefined, () => ['10.0.0.1']);
  list.reread();
  t.deepEqual(textsOf(list), ['10.0.0.9']);
});

test('an address may have a port, brackets and a zone', (t) => {
  const read = (text: string): unknown => {
    const server = readDnsServer(text);
    return server === 'malformed' ? server : [server.address, server.port, server.family];
  };
  t.deepEqual(read('10.0.0.53'), ['10.0.0.53', 53, 4]);
  t.deepEqual(read('10.0.0.53:5353'), ['10.0.0.53', 5353, 4]);
  t.deepEqual(read('2001:db8::53'), ['2001:db8::53', 53, 6]);
  t.deepEqual(read('[2001:db8::53]'), ['2001:db8::53', 53, 6]);
  t.deepEqual(read('[2001:db8::53]:5353'), ['2001:db8::53', 5353, 6]);
  t.deepEqual(read('fe80::1%eth0'), ['fe80::1%eth0', 53, 6]);
  t.is(read('dns.corp.example'), 'malformed');
  t.is(read('10.0.0'), 'malformed');
});
