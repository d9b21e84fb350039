import test from 'ava';
import { answering, ok, silent, startOrigin, type Serve } from '../../fixtures/origin.js';
import { rawClient } from '../../fixtures/raw-client.js';
import { until } from '../../fixtures/waiting.js';
import { startRig, type RigOptions } from '../rig.js';

const LOCAL = { hosts: { 'a.test': ['127.0.0.1'] } };

async function world(serve: Serve, given: RigOptions = {}) {
  const origin = await startOrigin(serve);
  const rig = await startRig({ ...LOCAL, ...given });
  const client = await rawClient(rig.port);
  const ask = (method: string, ...rest: readonly string[]): string =>
    [`${method} http://a.test:${origin.port}/p?q=secret HTTP/1.1`, 'Host: a.test', ...rest].join('\r\n') + '\r\n\r\n';
  const end = async (): Promise<void> => {
    client.close();
    await rig.end();
    await origin.close();
  };
  return { origin, rig, client, ask, end };
}

test('a request goes out rebuilt: origin-form, our Host, no proxy or hop-by-hop fields, the rest untouched', async (t) => {
  const { origin, client, ask, end } = await world(answering(ok()));
  await client.send(
    ask('GET', 'X-Mine: 1', 'Proxy-Connection: keep-alive', 'Connection: X-Gone', 'X-Gone: 1', 'x-MINE: 2'),
  );
  t.regex(await client.readHead(), /^HTTP\/1\.1 200 OK\r\n/);
  const [arrival] = origin.arrivals;
  t.regex(
    arrival?.received() ?? '',
    /^GET \/p\?q=secret HTTP\/1\.1\r\nHost: a\.test:\d+\r\nX-Mine: 1\r\nx-MINE: 2\r\nVia: 1\.1 tidegate-[0-9a-f]{8}\r\n\r\n$/,
  );
  await end();
});

test('an answer comes back rebuilt: hop-by-hop fields stay behind', async (t) => {
  const { client, ask, end } = await world(
    answering(
      ok(
        'hello',
        'X-Mine: 1',
        'Connection: X-Gone',
        'X-Gone: 1',
        'Keep-Alive: timeout=3',
        'Proxy-Authenticate: Digest',
      ),
    ),
  );
  await client.send(ask('GET'));
  const { head, body } = await client.readMessage();
  t.is(body, 'hello');
  t.true(head.includes('\r\nX-Mine: 1\r\n'));
  t.false(/X-Gone|Keep-Alive: |Proxy-Authenticate/i.test(head));
  await end();
});

test('pipelined requests are each decided, and answered in order (H15)', async (t) => {
  const { rig, client, ask, end } = await world(answering(ok('one'), ok('two')));
  await client.send(ask('GET') + 'GET http://denied.example/ HTTP/1.1\r\nHost: x\r\n\r\n' + ask('GET'));
  t.is((await client.readMessage()).body, 'one');
  t.regex((await client.readMessage()).head, /^HTTP\/1\.1 403 /);
  t.is((await client.readMessage()).body, 'two');
  const verdicts = (await rig.records()).filter(({ kind }) => kind === 'decision').map(({ verdict }) => verdict);
  t.deepEqual(verdicts, ['allowed', 'denied', 'allowed']);
  await end();
});

test('a waiting connection serves the same client again, and a dead one is replaced unseen', async (t) => {
  const { origin, client, ask, end } = await world(answering(ok('one'), ok('two'), ok('three')));
  await client.send(ask('GET'));
  t.is((await client.readMessage()).body, 'one');
  await client.send(ask('GET'));
  t.is((await client.readMessage()).body, 'two');
  t.is(origin.arrivals.length, 1);
  origin.arrivals[0]?.socket.destroy();
  await client.send(ask('GET'));
  t.is((await client.readMessage()).body, 'three');
  t.is(origin.arrivals.length, 2);
  await end();
});

test('a waiting connection never serves another client', async (t) => {
  const { origin, rig, client, ask, end } = await world(answering(ok('one'), ok('two')), {
    options: { listen: [{ host: '0.0.0.0', port: 0 }] },
  });
  await client.send(ask('GET'));
  t.is((await client.readMessage()).body, 'one');
  const other = await rawClient(rig.port, '127.0.0.2');
  await other.send(ask('GET'));
  await other.readMessage();
  t.true(origin.arrivals.length >= 1);
  other.close();
  await end();
});

test('a body of known length and a chunked one arrive whole, framed again', async (t) => {
  const { origin, client, ask, end } = await world(answering(ok('1'), ok('2')));
  await client.send(`${ask('POST', 'Content-Length: 5')}hello`);
  t.is((await client.readMessage()).body, '1');
  await client.send(
    ask('PUT', 'Transfer-Encoding: chunked'),
    '3;ext=1\r\nabc\r\n',
    '2\r\nde\r\n0\r\nTrailer: x\r\n\r\n',
  );
  t.is((await client.readMessage()).body, '2');
  const sent = origin.arrivals.map((arrival) => arrival.received()).join('');
  t.true(sent.includes('\r\nContent-Length: 5\r\n'));
  t.true(sent.includes('\r\n\r\nhello'));
  t.regex(sent, /\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n/);
  t.false(sent.includes('ext=1') || sent.includes('Trailer: x'));
  await end();
});

test('100 Continue comes from the origin, after the decision (H12)', async (t) => {
  const { client, ask, end } = await world(({ socket, received }) => {
    socket.once('data', () => socket.write('HTTP/1.1 100 Continue\r\n\r\n'));
    socket.on('data', () => {
      if (received().endsWith('hello')) socket.write(ok('done'));
    });
  });
  await client.send(ask('POST', 'Content-Length: 5', 'Expect: 100-continue'));
  t.regex(await client.readHead(), /^HTTP\/1\.1 100 Continue\r\n/);
  await client.send('hello');
  t.is((await client.readMessage()).body, 'done');
  await end();
});

test('an answer of unknown length is chunked for HTTP/1.1 and ends with the connection for HTTP/1.0', async (t) => {
  const { origin, rig, client, ask, end } = await world(answering('HTTP/1.1 200 OK\r\n\r\nall of it[end]'));
  await client.send(ask('GET'));
  const head = await client.readHead();
  t.true(head.includes('\r\nTransfer-Encoding: chunked\r\n'));
  t.is(await client.readUntil('0\r\n\r\n'), '9\r\nall of it\r\n0\r\n\r\n');
  const old = await rawClient(rig.port);
  await old.send(`GET http://a.test:${origin.port}/ HTTP/1.0\r\n\r\n`);
  const { text, ending } = await old.readToEnd();
  t.true(text.endsWith('\r\n\r\nall of it'));
  t.is(ending, 'ended');
  await end();
});

for (const [how, script] of [
  ['its length', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf[reset]'],
  ['its chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n[end]'],
  ['its end (reset)', 'HTTP/1.1 200 OK\r\n\r\nhalf[reset]'],
] as const) {
  test(`an answer cut short of ${how} breaks the client's connection`, async (t) => {
    const { rig, client, ask, end } = await world(answering(script));
    await client.send(ask('GET'));
    const { text, ending } = await client.readToEnd();
    t.is(ending, 'reset');
    t.false(text.endsWith('0\r\n\r\n'));
    await until(
      async () => (await rig.records()).some(({ ended_by }) => ended_by === 'http_response_incomplete'),
      () => 'no close record',
    );
    await end();
  });
}

for (const [what, script] of [
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['both framings', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a bare line feed', 'HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\na'],
  ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
  ['something that is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['nothing at all', '[end]'],
] as const) {
  test(`an origin that answers with ${what} is a 503`, async (t) => {
    const { client, ask, end } = await world(answering(script));
    await client.send(ask('GET'));
    t.regex(await client.readHead(), /^HTTP\/1\.1 503 Egress failed: /);
    await end();
  });
}

test('a client that breaks off frees the origin at once', async (t) => {
  const { origin, client, ask, end } = await world(silent);
  await client.send(ask('GET'));
  const waiting = await origin.arrival(0);
  client.reset();
  await until(
    () => waiting.state() !== 'open',
    () => 'the origin was not released',
  );
  t.not(waiting.state(), 'open');
  await end();
});

for (const [what, rest, body] of [
  ['a request', [], ''],
  ['a request with a body', ['Content-Length: 5'], 'hello'],
  ['a chunked request', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'],
] as const) {
  test(`a client that ends its half after ${what} gets its answer, and then the end`, async (t) => {
    const { origin, rig, client, ask, end } = await world(silent);
    await client.send(`${ask(body === '' ? 'GET' : 'POST', ...rest)}${body}`);
    client.halfClose();
    const arrival = await origin.arrival(0);
    await until(
      () => arrival.received().endsWith(body === '' ? '\r\n\r\n' : body),
      () => 'no request',
    );
    t.is(arrival.state(), 'open');
    arrival.socket.write(ok('the answer'));
    const { text, ending } = await client.readToEnd();
    t.regex(text, /^HTTP\/1\.1 200 OK\r\n[^]*\r\nConnection: close\r\n[^]*the answer$/);
    t.is(ending, 'ended');
    const close = (await rig.records()).find(({ kind }) => kind === 'close');
    t.is(close?.['ended_by'], 'complete');
    await end();
  });
}

test('requests that came before the client ended its half are all answered, refusals too', async (t) => {
  const { client, ask, end } = await world(answering(ok('one'), ok('two')));
  await client.send(ask('GET') + 'GET http://denied.example/ HTTP/1.1\r\nHost: x\r\n\r\n' + ask('GET'));
  client.halfClose();
  const { text, ending } = await client.readToEnd();
  t.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 403', 'HTTP/1.1 200']);
  t.is(ending, 'ended');
  await end();
});

test('a silent origin is a 504 for a client that has ended its half too', async (t) => {
  const { client, ask, end } = await world(silent, { times: { response: 150 } });
  await client.send(ask('GET'));
  client.halfClose();
  t.regex((await client.readToEnd()).text, /^HTTP\/1\.1 504 /);
  await end();
});

test('interim responses reach the client up to a number, and then the origin has failed', async (t) => {
  const interim = 'HTTP/1.1 102 Processing\r\n\r\n';
  const within = await world(answering(interim.repeat(128) + ok('done')));
  await within.client.send(within.ask('GET'));
  for (let count = 0; count < 128; count += 1) t.regex(await within.client.readHead(), /^HTTP\/1\.1 102 /);
  t.is((await within.client.readMessage()).body, 'done');
  await within.end();
  const endless = await world(answering(interim.repeat(100_000)));
  await endless.client.send(endless.ask('GET'));
  for (let count = 0; count < 128; count += 1) t.regex(await endless.client.readHead(), /^HTTP\/1\.1 102 /);
  const { head } = await endless.client.readMessage();
  t.regex(head, /^HTTP\/1\.1 503 Egress failed: the destination sent an answer that is not valid HTTP/);
  const close = (await endless.rig.records()).find(({ kind }) => kind === 'close');
  t.is(close?.['ended_by'], 'http_protocol_error');
  await endless.end();
  const long = await world(answering(`HTTP/1.1 103 Early Hints\r\nLink: ${'x'.repeat(40_000)}\r\n\r\n`.repeat(2)));
  await long.client.send(long.ask('GET'));
  t.regex(await long.client.readHead(), /^HTTP\/1\.1 103 /);
  t.regex(await long.client.readHead(), /^HTTP\/1\.1 503 /);
  await long.end();
});

test("an origin's 407 never reaches the client as ours", async (t) => {
  const { rig, client, ask, end } = await world(
    answering('HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'),
  );
  await client.send(ask('GET'));
  const { head } = await client.readMessage();
  t.regex(
    head,
    /^HTTP\/1\.1 503 Egress failed: the destination answered 407, which only a proxy may answer \(attempt /,
  );
  t.false(/Proxy-Authenticate/i.test(head));
  const close = (await rig.records()).find(({ kind }) => kind === 'close');
  t.is(close?.['ended_by'], 'http_protocol_error');
  await end();
});

test('an origin cannot mark its answer as ours', async (t) => {
  const { client, ask, end } = await world(
    answering(
      ok(
        'x',
        'X-Tidegate-Attempt: forged',
        'Proxy-Status: cdn, "Tidegate"; error=http_request_denied',
        'Proxy-Status: cdn; received-status=200',
      ),
    ),
  );
  await client.send(ask('GET'));
  const { head } = await client.readMessage();
  t.false(/tidegate-attempt|error=/i.test(head));
  t.true(head.includes('\r\nProxy-Status: cdn; received-status=200\r\n'));
  await end();
});

test('bytes that clients leave as they are arrive at the origin as they were sent', async (t) => {
  const { origin, client, end } = await world(answering(ok('x')));
  const path = '/a|b"{c}<d>^`/100%/\xc3\xb6?q=\xe2\x82\xac|"{}%zz';
  await client.send(`GET http://a.test:${origin.port}${path} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
  t.is((await client.readMessage()).body, 'x');
  t.is((await origin.arrival(0)).received().split('\r\n', 1)[0], `GET ${path} HTTP/1.1`);
  await end();
});

test('an upload that is cut short reaches the origin as a broken one', async (t) => {
  const { origin, client, ask, end } = await world(silent);
  await client.send(`${ask('POST', 'Content-Length: 100')}half`);
  const arrival = await origin.arrival(0);
  await until(
    () => arrival.received().endsWith('half'),
    () => 'no body',
  );
  client.halfClose();
  await until(
    () => arrival.state() !== 'open',
    () => 'the origin was not released',
  );
  t.true(arrival.received().endsWith('half'));
  await end();
});

test('a body with broken chunks is a 400 that names the rule (H6), and the origin is released', async (t) => {
  const { origin, rig, client, ask, end } = await world(silent);
  await client.send(ask('POST', 'Transfer-Encoding: chunked'), '3\r\nabc\r\n', 'oops\r\n');
  t.regex(await client.readHead(), /^HTTP\/1\.1 400 Egress refused: .* \[H6\] \(attempt /);
  const arrival = await origin.arrival(0);
  await until(
    () => arrival.state() !== 'open',
    () => 'the origin was not released',
  );
  const close = (await rig.records()).find(({ kind }) => kind === 'close');
  t.is(close?.['ended_by'], 'http_request_error');
  t.is(close?.['status'], 400);
  await end();
});

test('an origin that answers before the upload is done is heard, and the connection ends', async (t) => {
  const { client, ask, end } = await world(({ socket }) => {
    socket.once('data', () => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'));
  });
  await client.send(`${ask('POST', 'Content-Length: 1000000')}start`);
  const { text } = await client.readToEnd();
  t.regex(text, /^HTTP\/1\.1 413 Too Large\r\n/);
  await end();
});

test('an origin that resets while a body is still to come is a 503 at once', async (t) => {
  const { origin, client, ask, end } = await world(silent);
  await client.send(`${ask('POST', 'Content-Length: 1000000')}start`);
  const arrival = await origin.arrival(0);
  await until(
    () => arrival.received().endsWith('start'),
    () => 'no body',
  );
  arrival.socket.resetAndDestroy();
  const { text, ending } = await client.readToEnd();
  t.regex(text, /^HTTP\/1\.1 503 Egress failed: /);
  t.is(ending, 'ended');
  await end();
});

test('a silent origin is a 504', async (t) => {
  const { client, ask, end } = await world(silent, { times: { response: 150 } });
  await client.send(ask('GET'));
  t.regex(await client.readHead(), /^HTTP\/1\.1 504 Egress failed: the destination sent no answer in time/);
  await end();
});

test('a request that comes round again is refused', async (t) => {
  const { origin, client, ask, end } = await world(answering(ok('1'), ok('2')));
  await client.send(ask('GET'));
  await client.readMessage();
  const via = /Via: (.*)\r\n/.exec(origin.arrivals[0]?.received() ?? '')?.[1] ?? '';
  await client.send(ask('GET', `Via: 1.1 other, ${via}`));
  t.regex((await client.readMessage()).head, /^HTTP\/1\.1 508 /);
  await end();
});

test('HEAD and 304 keep the announced length and have no body', async (t) => {
  const { client, ask, end } = await world(
    answering(
      'HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 42\r\n\r\n',
      ok('x'),
    ),
  );
  await client.send(ask('HEAD'));
  t.true((await client.readHead()).includes('\r\nContent-Length: 42\r\n'));
  await client.send(ask('GET'));
  t.regex(await client.readHead(), /^HTTP\/1\.1 304 /);
  await client.send(ask('GET'));
  t.is((await client.readMessage()).body, 'x');
  await end();
});

test('a response that is cut breaks off, and its end says that an operator did it', async (t) => {
  const { rig, client, ask, end } = await world(answering('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it'));
  await client.send(ask('GET'));
  await client.readUntil('half of it');
  for (const traffic of rig.proxy.passing()) traffic.cut('cut by alice: too much');
  t.is((await client.readToEnd()).ending, 'reset');
  await until(
    async () => (await rig.records()).some(({ kind }) => kind === 'close'),
    () => 'no close record',
  );
  const close = (await rig.records()).find(({ kind }) => kind === 'close');
  t.like(close, { verdict: 'allowed', ended_by: 'operator', status: 200, detail: 'cut by alice: too much' });
  await end();
});
