import { createServer } from 'node:http';
import { type AddressInfo, connect, type LookupFunction } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { type DomainName, type IpAddress, parseAddress, parseHost } from '../../lib/address/index.js';
import { createHostLookup } from '../../lib/outbox/host-lookup.js';
import { type DnsServer, startDnsServer, type Zone } from '../fixtures/dns-server.js';

async function dns(t: ExecutionContext, zone: Zone): Promise<DnsServer> {
  const server = await startDnsServer(zone);
  t.teardown(server.close);
  return server;
}

function lookupWith(servers: readonly string[], hosts: Readonly<Record<string, string>> = {}): LookupFunction {
  const known = new Map<DomainName, readonly IpAddress[]>();
  for (const [text, address] of Object.entries(hosts)) {
    const [host, read] = [parseHost(text), parseAddress(address)];
    if (host.kind === 'parsed' && host.value.kind === 'name' && read.kind === 'parsed')
      known.set(host.value.name, [read.value]);
  }
  return createHostLookup({ servers, hosts: known }, 5_000);
}

/** What a look-up gives: the addresses, or the error. */
function found(lookup: LookupFunction, name: string, options: { readonly family?: number } = {}): Promise<string> {
  return new Promise((resolve) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error !== null) resolve(`${error.code ?? ''} ${error.message}`);
      else
        resolve(
          Array.isArray(addresses) ? addresses.map(({ address, family }) => `${address}/${family}`).join(' ') : '',
        );
    });
  });
}

test('a host of the configuration is found by "hosts" first, then by the DNS servers', async (t) => {
  const server = await dns(t, {
    'siem.corp.example': [
      { type: 'A', value: '127.0.0.7' },
      { type: 'AAAA', value: '::1' },
    ],
  });
  const lookup = lookupWith([server.address], { 'vault.corp.example': '127.0.0.9' });
  t.is(await found(lookup, 'vault.corp.example'), '127.0.0.9/4');
  t.deepEqual(server.queries, []);
  t.is(await found(lookup, 'SIEM.corp.example.'), '::1/6 127.0.0.7/4');
  t.is(await found(lookup, 'siem.corp.example', { family: 4 }), '127.0.0.7/4');
});

test('this machine and addresses need no DNS', async (t) => {
  const server = await dns(t, {});
  const lookup = lookupWith([server.address]);
  t.is(await found(lookup, 'localhost'), '127.0.0.1/4 ::1/6');
  t.is(await found(lookup, '127.0.0.3'), '127.0.0.3/4');
  t.deepEqual(server.queries, []);
});

test('a name that DNS does not have is an error that says what is not used', async (t) => {
  const server = await dns(t, { 'broken.example': 'servfail' });
  const lookup = lookupWith([server.address]);
  t.regex(
    await found(lookup, 'nowhere.example'),
    /^ENOTFOUND "nowhere\.example" is not in DNS \(A: ENOTFOUND, AAAA: ENOTFOUND\); add it to "hosts" \(search domains and \/etc\/hosts are not used\)$/,
  );
  t.regex(await found(lookup, 'broken.example'), /^EAI_AGAIN "broken\.example" could not be looked up \(A: ESERVFAIL/);
  t.regex(await found(lookup, 'not a name'), /^ENOTFOUND "not a name" is not in DNS/);
});

test('sockets connect by it, to one address or the first of several that answers', async (t) => {
  const origin = createServer().listen(0, '127.0.0.1');
  t.teardown(() => origin.close());
  await new Promise((resolve) => origin.once('listening', resolve));
  const { port } = origin.address() as AddressInfo;
  const server = await dns(t, {
    'siem.corp.example': [
      { type: 'AAAA', value: '::1' },
      { type: 'A', value: '127.0.0.1' },
    ],
  });
  const lookup = lookupWith([server.address]);
  for (const autoSelectFamily of [true, false]) {
    const family = autoSelectFamily ? 0 : 4;
    const socket = connect({ host: 'siem.corp.example', port, lookup, autoSelectFamily, family });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    t.is(socket.remoteAddress, '127.0.0.1');
    socket.destroy();
  }
});
