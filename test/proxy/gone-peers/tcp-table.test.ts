import { writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { endianness } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parseAddress } from '../../../lib/address/index.js';
import { readTcpTable, tableKey } from '../../../lib/proxy/gone-peers/tcp-table.js';
import { folderOf } from '../../cli/command.js';

const linux = process.platform === 'linux' ? test : test.skip;
const littleEndian = endianness() === 'LE' ? test : test.skip;

function end(text: string, port: number) {
  const address = parseAddress(text);
  if (address.kind === 'malformed') throw new Error(text);
  return { address: address.value, port };
}

/** As Linux 6.18 writes it; the second file as on a dual-stack listener. */
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:A46B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 583924 1 000000001d794b0c 100 0 0 10 0
   1: 0100007F:0C38 0100007F:CCF8 01 00000005:00000000 01:00000480 00000006     0        0 583925 1 000000001d794b0c 20 4 30 10 -1
   2: 0100007F:0C38 0100007F:CD02 01 0039DC00:00000000 04:00000419 00000000     0        5 583926 1 000000001d794b0c 20 4 30 10 -1
   3: 0100007F:0C38 0100007F:CD03 07 00000000:00000000 00:00000000 00000000     0        0 583927 1 000000001d794b0c 20 4 30 10 -1
`;
const TABLE_6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:0C38 0000000000000000FFFF00000200000A:0050 08 00000000:00000000 02:000003E8 00000000     0        0 1 1 0 20 4 30 10 -1
   1: B80D0120000000000000000001000000:0C38 B80D0120000000000000000002000000:01BB 01 00000000:00000000 02:000003E8 00000000     0        0 2 1 0 20 4 30 10 -1
`;

littleEndian(
  'rows are found by both ends: what waits for an acknowledgement, and how often the system has tried',
  async (t) => {
    const { path } = await folderOf(t);
    const files = [join(path, 'tcp'), join(path, 'tcp6')];
    await writeFile(files[0] ?? '', TABLE);
    await writeFile(files[1] ?? '', TABLE_6);
    const own = end('127.0.0.1', 3128);
    const sent = tableKey(own, end('127.0.0.1', 52472));
    const noRoom = tableKey(own, end('127.0.0.1', 52482));
    const closed = tableKey(own, end('127.0.0.1', 52483));
    const mapped = tableKey(own, end('10.0.0.2', 80));
    const six = tableKey(end('2001:db8::1', 3128), end('2001:db8::2', 443));
    const found = await readTcpTable(new Set([sent, noRoom, closed, mapped, six]), files);
    t.deepEqual(
      found,
      new Map([
        [sent, { unacknowledged: 5, awaits: 'acknowledgement', unanswered: 6 }],
        [noRoom, { unacknowledged: 0x39dc00, awaits: 'room', unanswered: 5 }],
        [mapped, { unacknowledged: 0, awaits: 'acknowledgement', unanswered: 0 }],
        [six, { unacknowledged: 0, awaits: 'acknowledgement', unanswered: 0 }],
      ]),
    );
  },
);

test('where there is no table, none is available; a machine without IPv6 has one all the same', async (t) => {
  const { path } = await folderOf(t);
  const [table, absent] = [join(path, 'tcp'), join(path, 'tcp6')];
  t.is(await readTcpTable(new Set(), [absent]), 'unavailable');
  await writeFile(table, TABLE);
  t.deepEqual(await readTcpTable(new Set(), [table, absent]), new Map());
  t.is(await readTcpTable(new Set(), [table, path]), 'unavailable');
});

for (const host of ['127.0.0.1', '::1', '::']) {
  linux(`the connections of this process are in the system's table (${host})`, async (t) => {
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    const client = connect({ port: (server.address() as AddressInfo).port, host: host === '::' ? '127.0.0.1' : host });
    const [accepted] = (await once(server, 'connection')) as [Socket];
    const { localPort = 0, remotePort = 0 } = accepted;
    const address = host === '::' ? '127.0.0.1' : host;
    const key = tableKey(end(address, localPort), end(address, remotePort));
    t.deepEqual(
      await readTcpTable(new Set([key])),
      new Map([[key, { unacknowledged: 0, awaits: 'acknowledgement', unanswered: 0 }]]),
    );
    client.destroy();
    accepted.destroy();
    server.close();
  });
}
