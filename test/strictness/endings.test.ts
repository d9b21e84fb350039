import test from 'ava';
import { silent, startOrigin, type Arrival, type Origin } from '../fixtures/origin.js';
import { rawClient, tunnelTo, type RawClient } from '../fixtures/raw-client.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { pause, until } from '../fixtures/waiting.js';
import { head } from './answers.js';

/*
 * Whichever side breaks off, the other is told at once and in the same way, and both sockets are freed. "At once" is that
 * nothing here waits for any time limit of the proxy: they are all far longer than the tests'.
 */
let tidegate: Tidegate;
let origin: Origin;
test.before(async () => {
  origin = await startOrigin(silent);
  tidegate = await startTidegate();
});
test.after.always(async () => {
  await tidegate.discard();
  await origin.close();
});

/** A client and the connection that reached the origin for it, after it has sent what it has to say. */
async function through(...pieces: readonly string[]): Promise<{ client: RawClient; arrival: Arrival }> {
  const index = origin.arrivals.length;
  const client = await rawClient(tidegate.port);
  await client.send(...pieces);
  return { client, arrival: await origin.arrival(index) };
}

async function tunnel(): Promise<{ client: RawClient; arrival: Arrival }> {
  const index = origin.arrivals.length;
  const client = await tunnelTo(tidegate.port, `127.0.0.1:${origin.port}`);
  return { client, arrival: await origin.arrival(index) };
}

function request(method: string, ...fields: readonly string[]): string {
  return head(`${method} http://127.0.0.1:${origin.port}/ HTTP/1.1`, 'Host: a', ...fields);
}

/** Waits until the proxy has closed the connection for good: its half is ended, and bytes from ours are met by a reset. */
async function freed(arrival: Arrival): Promise<void> {
  await until(
    () => arrival.state() !== 'open',
    () => 'the origin is not told',
  );
  await until(
    () => {
      if (arrival.state() === 'half_closed') arrival.socket.write('more');
      return arrival.state() !== 'half_closed';
    },
    () => 'the connection to the origin is only half closed',
  );
}

test.serial('a client that resets its tunnel resets the destination', async (t) => {
  const { client, arrival } = await tunnel();
  client.reset();
  await freed(arrival);
  t.is(arrival.state(), 'reset');
});

test.serial('a destination that resets a tunnel resets the client', async (t) => {
  const { client, arrival } = await tunnel();
  arrival.socket.resetAndDestroy();
  t.is((await client.readToEnd()).ending, 'reset');
});

test.serial('a client that breaks off while it waits for an answer frees the connection to the origin', async (t) => {
  const { client, arrival } = await through(request('GET'));
  await until(
    () => arrival.received() !== '',
    () => 'the request does not arrive',
  );
  client.reset();
  await freed(arrival);
  t.pass();
});

test.serial('a client that has closed while it waits is noticed by what comes of its answer', async (t) => {
  const { client, arrival } = await through(request('GET'));
  await until(
    () => arrival.received() !== '',
    () => 'the request does not arrive',
  );
  client.close();
  // As for one that has ended its half only, the answer is sent to it; its system has no one to give it to.
  arrival.socket.write(`${head('HTTP/1.1 200 OK', 'Content-Length: 100000000')}some of it`);
  await freed(arrival);
  t.pass();
});

test.serial('a client that goes in the middle of its body frees the connection to the origin', async (t) => {
  for (const framing of ['Content-Length: 100000', 'Transfer-Encoding: chunked']) {
    const { client, arrival } = await through(request('POST', framing), framing.endsWith('chunked') ? '5\r\nhe' : 'he');
    client.reset();
    await freed(arrival);
    t.false(arrival.received().endsWith('\r\n0\r\n\r\n'));
  }
});

test.serial('a client that goes in the middle of a download frees the connection to the origin', async (t) => {
  const { client, arrival } = await through(request('GET'));
  arrival.socket.write(`${head('HTTP/1.1 200 OK', 'Content-Length: 100000000')}some of it`);
  await client.readUntil('some of it');
  client.reset();
  await freed(arrival);
  t.pass();
});

test.serial('an origin that resets before its answer leaves the client with a whole 503', async (t) => {
  const { client, arrival } = await through(request('GET', 'Connection: close'));
  await until(
    () => arrival.received() !== '',
    () => 'the request does not arrive',
  );
  arrival.socket.resetAndDestroy();
  const { text, ending } = await client.readToEnd();
  t.regex(text, /^HTTP\/1\.1 503 Egress failed: /);
  t.is(ending, 'ended');
});

test.serial('an origin that resets while a body is still being sent to it ends that too', async (t) => {
  const { client, arrival } = await through(request('POST', 'Content-Length: 100000000', 'Connection: close'), 'start');
  arrival.socket.resetAndDestroy();
  const { text } = await client.readToEnd();
  t.regex(text, /^HTTP\/1\.1 503 Egress failed: /);
});

/** Lets bytes and a reset behind them arrive together: then libuv tells of the bytes and of an orderly end. */
async function sendAndReset(arrival: Arrival, bytes: string): Promise<void> {
  tidegate.signal('SIGSTOP');
  await new Promise((resolve) => arrival.socket.write(bytes, resolve));
  arrival.socket.resetAndDestroy();
  await pause(50);
  tidegate.signal('SIGCONT');
}

test.serial('a body of unknown length that ends in a reset is never passed on as complete', async (t) => {
  for (const version of ['1.1', '1.0']) {
    const get = request('GET').replace('HTTP/1.1', `HTTP/${version}`);
    const { client, arrival } = await through(get);
    arrival.socket.write(`${head('HTTP/1.1 200 OK')}first`);
    await client.readUntil('first');
    await sendAndReset(arrival, 'second');
    const { text, ending } = await client.readToEnd();
    t.false(text.endsWith('0\r\n\r\n'), version);
    t.is(ending, 'reset', version);
  }
});

test.serial('a destination whose reset arrives with its last bytes still resets the client of a tunnel', async (t) => {
  const { client, arrival } = await tunnel();
  await sendAndReset(arrival, 'last words');
  t.is((await client.readToEnd()).ending, 'reset');
});

test.serial('the end of every passed attempt is recorded, with who ended it', async (t) => {
  const allowed = (await tidegate.journal())
    .filter((line) => line['kind'] === 'decision' && line['verdict'] === 'allowed')
    .map((line) => line['attempt']);
  t.true(allowed.length >= 8);
  for (const attempt of allowed) {
    await tidegate.recorded(
      (line) => line['kind'] === 'close' && line['attempt'] === attempt,
      `the close of ${String(attempt)}`,
    );
  }
});
