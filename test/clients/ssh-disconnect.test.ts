import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import test from 'ava';
import ssh2 from 'ssh2';
import {
  disconnect,
  DISCONNECT_REASONS,
  OUR_IDENTIFICATION,
  readIdentification,
  readPacket,
} from '../../lib/protocol/ssh/index.js';
import { makeFolder, type Folder } from '../fixtures/folder.js';
import { run } from '../fixtures/program.js';
import { orHung } from '../fixtures/waiting.js';
import { testWith } from '../programs.js';
import { startSshd, type Sshd } from './sshd.js';

const TEXT = 'tidegate: host key SHA256:STcc7iuQMyLfRvOBQ2Swmdpc5KebAD8M7lxl7HbTMHY is not one of rule linux';
const REFUSAL = disconnect(DISCONNECT_REASONS.hostKeyNotVerifiable, TEXT);

let folder: Folder;
let sshd: Sshd | undefined;
const servers: Server[] = [];

test.before(async () => {
  folder = await makeFolder();
});
test.after.always(async () => {
  for (const server of servers) server.close();
  await sshd?.stop();
  await folder.remove();
});

async function listen(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => serve(socket.on('error', () => undefined)));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Refuses in the server's stead, which is never asked. */
function refuseAtOnce(client: Socket): void {
  client.end(Buffer.concat([OUR_IDENTIFICATION, REFUSAL]));
}

/** Lets the server say who it is and what it offers, and refuses in the place of its next packet, which carries the key. */
function refuseBeforeKey(client: Socket): void {
  const server = connect(sshd?.port ?? 0, '127.0.0.1');
  let said: Buffer = Buffer.alloc(0);
  client.pipe(server);
  server.on('error', () => undefined);
  server.on('data', (bytes: Buffer) => {
    said = Buffer.concat([said, bytes]);
    const identification = readIdentification(said, 'server');
    const offer = identification.kind === 'whole' ? readPacket(said.subarray(identification.length)) : identification;
    if (identification.kind !== 'whole' || offer.kind !== 'whole') return;
    const length = identification.length + offer.length;
    if (said.length === length) client.write(said);
    else {
      client.end(REFUSAL);
      server.destroy();
    }
  });
}

const withOpenSsh = testWith('ssh', 'sshd', 'ssh-keygen');

for (const [when, refuse] of [
  ['before its server said anything', refuseAtOnce],
  ['in the place of the host key', refuseBeforeKey],
] as const) {
  withOpenSsh(`OpenSSH shows why it is refused ${when}`, async (t) => {
    sshd ??= await startSshd(folder, '/usr/sbin/sshd');
    const port = await listen(refuse);
    const ran = await run('ssh', [...sshd.options, '-p', String(port), `${sshd.user}@127.0.0.1`, 'true']);
    t.is(ran.code, 255);
    t.true(ran.stderr.includes(`Received disconnect from 127.0.0.1 port ${port}:9: ${TEXT}`), ran.stderr);
  });

  withOpenSsh(`ssh2 shows why it is refused ${when}`, async (t) => {
    sshd ??= await startSshd(folder, '/usr/sbin/sshd');
    const port = await listen(refuse);
    const client = new ssh2.Client();
    const error = new Promise<Error>((resolve) => client.once('error', resolve));
    client.connect({ host: '127.0.0.1', port, username: 'octopus', password: 'any' });
    t.is((await orHung(error, () => 'ssh2 says nothing')).message, TEXT);
  });
}
