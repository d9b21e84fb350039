import test from 'ava';
import { answering, ok, startOrigin, type Origin } from '../fixtures/origin.js';
import { rawClient } from '../fixtures/raw-client.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { ask, head, isRefused, isWhole, reasonOf } from './answers.js';

const SECRET = Buffer.from('node1:correct-horse').toString('base64');
let tidegate: Tidegate;
let origin: Origin;
test.before(async () => {
  origin = await startOrigin(answering(ok('taken')));
  tidegate = await startTidegate({
    policies: {
      'everyone.yaml': `policy: everyone
allow:
  - id: open
    to: [127.0.0.0/8]
    protocol: http
    ports: [${origin.port}]
    paths: [/open*]
`,
      'node1.yaml': `policy: node1
clients:
  users: [node1]
allow:
  - id: closed
    to: [127.0.0.0/8]
    protocol: http
    ports: [${origin.port}]
`,
    },
    users: { node1: 'correct-horse' },
    config: { users: { challenge: 'never' }, timeouts: { head: '1s' } },
  });
});
test.after.always(async () => {
  await tidegate.discard();
  await origin.close();
});

function get(path: string, ...fields: readonly string[]): string {
  return head(`GET http://127.0.0.1:${origin.port}${path} HTTP/1.1`, `Host: 127.0.0.1:${origin.port}`, ...fields);
}

test.serial(
  'H10: hop-by-hop and proxy fields of a request stop here, and Connection cannot take Host or framing away',
  async (t) => {
    const arrived = origin.arrivals.length;
    const fields = [
      'Connection: close, X-Mine, Host, Content-Length',
      'X-Mine: gone',
      'Proxy-Connection: keep-alive',
      'Keep-Alive: 5',
      'TE: trailers',
      'Upgrade: h2c',
      'X-Kept: yes',
      'X-Kept: twice',
    ];
    const answered = await ask(
      tidegate.port,
      `${head(`POST http://127.0.0.1:${origin.port}/open HTTP/1.1`, `Host: 127.0.0.1:${origin.port}`, `Proxy-Authorization: Basic ${SECRET}`, 'Content-Length: 2', ...fields)}ab`,
    );
    t.is(answered.status, 200);
    const received = (await origin.arrival(arrived)).received();
    t.regex(received, new RegExp(`^POST /open HTTP/1\\.1\\r\\nHost: 127\\.0\\.0\\.1:${origin.port}\\r\\n`));
    t.regex(received, /\r\nContent-Length: 2\r\n/);
    t.regex(received, /\r\n\r\nab$/);
    t.regex(received, /\r\nX-Kept: yes\r\nX-Kept: twice\r\n/);
    t.notRegex(received, /x-mine|proxy-|keep-alive|\nte:|upgrade/i);
  },
);

test.serial(
  'H10: a request that has been through this proxy before is refused, for it would run in a loop',
  async (t) => {
    const first = await ask(tidegate.port, get('/open', 'Connection: close'));
    const via = /\r\n(Via: [^\r]*)\r\n/.exec(first.text)?.[1] ?? 'Via: none';
    const again = await ask(tidegate.port, get('/open', 'Connection: close', via));
    t.is(again.status, 508);
    t.regex(again.reason, /^Egress refused: the request has been through this proxy before/);
    t.is((await ask(tidegate.port, get('/open', 'Connection: close', 'Via: 1.1 another'))).status, 200);
  },
);

test.serial('H11: a wish to upgrade goes no further than the proxy', async (t) => {
  const arrived = origin.arrivals.length;
  const answered = await ask(tidegate.port, get('/open', 'Connection: Upgrade, close', 'Upgrade: websocket'));
  t.is(answered.status, 200);
  t.notRegex((await origin.arrival(arrived)).received(), /upgrade/i);
});

test.serial('H12: 100 is not said before the decision, nor to a request that is denied', async (t) => {
  const answered = await ask(
    tidegate.port,
    head(
      `POST http://127.0.0.1:${origin.port}/closed HTTP/1.1`,
      'Host: a',
      'Content-Length: 5',
      'Expect: 100-continue',
    ),
  );
  t.regex(answered.text, /^HTTP\/1\.1 403 Egress denied: /);
  isWhole(t, answered);
});

test.serial('H13: a head that does not come to its end in time is answered 408', async (t) => {
  const client = await rawClient(tidegate.port);
  await client.send(`GET http://127.0.0.1:${origin.port}/open HTTP/1.1\r\n`);
  const { text } = await client.readToEnd();
  t.regex(text, /^HTTP\/1\.1 408 Egress refused: the request did not arrive in time \(attempt /);
});

test.serial('H14: a refused CONNECT ends the connection, and what stands behind it is not read', async (t) => {
  const arrived = origin.arrivals.length;
  const answered = await ask(tidegate.port, head('CONNECT 127.0.0.1:1 HTTP/1.1', 'Host: 127.0.0.1:1') + get('/open'));
  t.is(answered.status, 403);
  isWhole(t, answered);
  t.is(origin.arrivals.length, arrived);
});

test.serial('H15: each pipelined request is decided by itself, and they are answered in order', async (t) => {
  const client = await rawClient(tidegate.port);
  await client.send(
    get('/open/1') + get('/closed') + get('/open/2') + get('/closed', `Proxy-Authorization: Basic ${SECRET}`),
  );
  const answers = [];
  for (let n = 0; n < 4; n++) answers.push((await client.readMessage()).head.slice(9, 12));
  t.deepEqual(answers, ['200', '403', '200', '200']);
  client.close();
});

test.serial('H17: credentials speak for their own request only', async (t) => {
  const client = await rawClient(tidegate.port);
  await client.send(get('/closed', `Proxy-Authorization: Basic ${SECRET}`));
  t.regex((await client.readMessage()).head, /^HTTP\/1\.1 200 /);
  await client.send(get('/closed'));
  t.regex(reasonOf((await client.readMessage()).head), /^Egress denied: /);
  client.close();
});

test.serial('H17: wrong credentials are a 407 before policy is asked, even for what everyone may reach', async (t) => {
  const wrong = [
    'Basic bm9kZTE6Z3Vlc3M=',
    'Basic bm9ib2R5OmNvcnJlY3QtaG9yc2U=',
    'Basic !!!',
    'Bearer abc',
    'Basic bm9kZTE=',
  ];
  for (const value of wrong) {
    const answered = await ask(tidegate.port, get('/open', 'Connection: close', `Proxy-Authorization: ${value}`));
    t.is(answered.status, 407, value);
    t.deepEqual(answered.text.match(/\r\nProxy-Authenticate: [^\r]*/g)?.length, 1);
    t.regex(answered.text, /\r\nProxy-Authenticate: Basic realm="/);
    isWhole(t, answered);
  }
});

test.serial('H17: two Proxy-Authorization fields are refused', async (t) => {
  const both = [`Proxy-Authorization: Basic ${SECRET}`, 'Proxy-Authorization: Basic Og=='];
  isRefused(t, await ask(tidegate.port, get('/open', ...both)), 400, 'H17');
});
