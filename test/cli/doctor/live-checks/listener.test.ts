import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { requestStatus, serveStatus } from '../../../../lib/app/status/index.js';
import { freePort } from '../../../fixtures/free-port.js';
import { folderOf } from '../../command.js';
import { doctor, startPatient } from '../examining.js';

async function listening(t: ExecutionContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

test.serial('what listens where the running tidegate should is distinguished from what does not', async (t) => {
  const { tidegate, config, state } = await startPatient(t);
  const answer = await requestStatus(state);
  if (answer.kind !== 'status') return t.fail(answer.kind);
  await tidegate.stop();
  const none = await freePort();
  const silent = await listening(
    t,
    createServer((socket) => socket.on('error', () => socket.destroy())),
  );
  const closing = await listening(
    t,
    createServer((socket) => socket.end()),
  );
  const speaking = await listening(
    t,
    createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')),
  );
  const web = createHttpServer();
  web.on('connect', (_request, socket) => socket.end('HTTP/1.1 405 Not Allowed\r\nServer: nginx\r\n\r\n'));
  const other = await listening(t, web);
  const ports = [none, silent, closing, speaking, other];
  const telling = await serveStatus(state, {
    status: () => ({ ...answer.status, listeners: ports.map((port) => `127.0.0.1:${port}`) }),
    request: () => Promise.resolve({}),
  });
  if (telling.kind !== 'serving') return t.fail(telling.detail);
  t.teardown(telling.close);
  const found = await doctor(config);
  t.is(found.code, 1);
  t.deepEqual(found.ailing('listener'), [
    `problem nothing listens on 127.0.0.1:${none} (ECONNREFUSED)`,
    `problem no complete reply on 127.0.0.1:${silent} within 5 s`,
    `problem another program than tidegate listens on 127.0.0.1:${closing}: it closed the connection without a reply`,
    `problem another program than tidegate listens on 127.0.0.1:${speaking}: its reply is not HTTP`,
    `problem another program than tidegate listens on 127.0.0.1:${other}: it replies 405 Not Allowed from nginx`,
  ]);
  t.true(found.of('listener').every(({ remedy }) => remedy !== null));
  t.regex(found.ailing('journal').join(), /^problem no process holds the lock of /);
  const tried = await doctor(config, '--try', '127.0.0.1:80');
  t.regex(tried.of('try')[0]?.words ?? '', /allowed by loopback\/loopback .*; not dialled, as no instance replies$/);
});

test.serial('before a start, a port that another program has is a problem, and a free one is not', async (t) => {
  const port = await listening(
    t,
    createServer((socket) => socket.end('hello\n')),
  );
  const folder = await folderOf(t, {
    'tidegate.yaml': `listen: ["127.0.0.1:${port}"]\nstate: state\n`,
    'free.yaml': `listen: ["127.0.0.1:${await freePort()}"]\nstate: state\n`,
  });
  const taken = await doctor(join(folder.path, 'tidegate.yaml'));
  t.is(taken.code, 1);
  t.regex(taken.ailing('listener').join(), /^problem another program than tidegate listens on /);
  t.regex(taken.of('listener')[0]?.remedy ?? '', new RegExp(`:${port}|netstat`));
  t.regex((await doctor(join(folder.path, 'free.yaml'))).of('listener')[0]?.words ?? '', /^nothing listens on .*: no/);
});

test.serial(
  'a tidegate of another state folder, and a listener that is configured and not there, are reported',
  async (t) => {
    const { tidegate, config } = await startPatient(t);
    const folder = await folderOf(t, {
      'tidegate.yaml': `listen: ["127.0.0.1:${tidegate.port}"]\nstate: state\n`,
    });
    const other = await doctor(join(folder.path, 'tidegate.yaml'));
    t.regex(other.ailing('listener').join(), /^problem another instance than the one of this state folder listens on/);
    const port = await freePort();
    const moved = await doctor(config, '--listen', `127.0.0.1:${port}`);
    t.is(moved.code, 0, 'a warning only');
    t.regex(
      moved.ailing('listener').join(),
      /^warning the configuration has the listener .*, the running instance has not/,
    );
  },
);

test.serial('a tidegate that hangs gives neither status nor answer, and still holds its journal', async (t) => {
  const { tidegate, config } = await startPatient(t);
  tidegate.signal('SIGSTOP');
  const found = await doctor(config, '--listen', `127.0.0.1:${tidegate.port}`);
  t.is(found.code, 1);
  t.regex(found.ailing('instance').join(), /^problem the instance with the state folder .* gives no status: no answer/);
  t.regex(found.ailing('listener').join(), /^problem no complete reply on .* within 5 s$/);
  t.regex(found.ailing('journal').join(), /^problem another process holds the lock of .*, but gives no status$/);
});
