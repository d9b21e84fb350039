import test from 'ava';
import ssh2 from 'ssh2';
import { makeSshKey } from '../fixtures/ssh-key.js';
import { rawClient, tunnelTo } from '../fixtures/raw-client.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { orHung } from '../fixtures/waiting.js';

let tidegate: Tidegate;
let server: ssh2.Server;
let port: number;

test.before(async () => {
  const { private: hostKey } = makeSshKey(() => ssh2.utils.generateKeyPairSync('ed25519'));
  server = new ssh2.Server({ hostKeys: [hostKey] }, serve);
  port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  tidegate = await startTidegate({
    policies: {
      'linux.yaml': `policy: linux
allow:
  - id: linux
    to: [linux.test]
    resolves-to: [127.0.0.0/8]
    protocol: ssh
    ports: [${port}]
`,
    },
    config: { hosts: { 'linux.test': ['127.0.0.1'], 'denied.test': ['127.0.0.1'] } },
  });
});
test.after.always(async () => {
  await tidegate.discard();
  server.close();
});

/** Lets everyone in, and answers a command with its own text and standard input. */
function serve(connection: ssh2.Connection): void {
  connection.on('error', () => undefined);
  connection.on('authentication', (context) => context.accept());
  connection.on('session', (accept) => {
    accept().on('exec', (acceptExec, _reject, info) => {
      const stream = acceptExec();
      stream.write(`${info.command}: `);
      stream.on('data', (bytes: Buffer) => stream.write(bytes));
      stream.on('end', () => {
        stream.exit(7);
        stream.end();
      });
    });
  });
}

test.serial('an SSH session runs through a tunnel, its output and exit code whole', async (t) => {
  const tunnel = await tunnelTo(tidegate.port, `linux.test:${port}`);
  const client = new ssh2.Client();
  const text = 'line of a deployment script\n'.repeat(20_000);
  const outcome = new Promise<{ output: string; code: number }>((resolve, reject) => {
    client.on('error', reject);
    client.on('ready', () => {
      client.exec('deploy', (error, stream) => {
        if (error) {
          reject(error);
          return;
        }
        let output = '';
        stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
        stream.on('close', (code: number) => resolve({ output, code }));
        stream.end(text);
      });
    });
  });
  client.connect({ sock: tunnel.release(), username: 'octopus', password: 'any' });
  const { output, code } = await orHung(outcome, () => 'the SSH session');
  client.end();
  t.is(code, 7);
  t.is(output, `deploy: ${text}`);
});

test.serial('a tunnel to a host that no rule allows is refused before any byte of SSH', async (t) => {
  const client = await rawClient(tidegate.port);
  await client.send(`CONNECT denied.test:${port} HTTP/1.0\r\n`, '\r\n');
  const { text, ending } = await client.readToEnd();
  t.regex(
    text,
    /^HTTP\/1\.1 403 Egress denied: no rule allows this destination \(attempt [0-9A-HJKMNP-TV-Z]{16}\)\r\n/,
  );
  t.is(ending, 'ended');
});
