import test from 'ava';
import { recordsOf, trail } from '../feed-fixture.js';
import { type Came, httpReceiver, recordIn, ship, survivesKills, withoutRepeats } from '../receiver-fixture.js';
import { until } from '../../fixtures/waiting.js';

for (const body of ['array', 'lines'] as const) {
  test(`a webhook that is killed and restarted in mid stream misses nothing (${body})`, async (t) => {
    const journal = await trail(t);
    const came: Came[] = [];
    let posts = 0;
    const hook = await httpReceiver(t, (request, bytes, response) => {
      const lines =
        body === 'array'
          ? (JSON.parse(bytes.toString()) as object[]).map((each) => JSON.stringify(each))
          : bytes.toString().trimEnd().split('\n');
      t.is(request.headers['content-type'], body === 'array' ? 'application/json' : 'application/x-ndjson');
      came.push(...lines.map(recordIn));
      // Every fifth batch is stored, and nobody learns it.
      if (++posts % 5 === 0) response.destroy();
      else response.writeHead(204).end();
    });
    ship(t, journal, { use: 'webhook', url: `http://127.0.0.1:${hook.port}/in`, body });
    await survivesKills(t, journal, () => came, hook);
    t.true(came.length > journal.durable(), 'some came twice');
  });
}

test('a webhook that refuses one record gets all others up to it', async (t) => {
  const journal = await trail(t);
  await journal.append(50);
  const came: Came[] = [];
  const hook = await httpReceiver(t, (_request, bytes, response) => {
    const records = (JSON.parse(bytes.toString()) as object[]).map((each) => recordIn(JSON.stringify(each)));
    if (records.some(({ seq }) => seq === 33)) return void response.writeHead(422).end('no 33 here');
    came.push(...records);
    response.end();
  });
  const shipping = ship(t, journal, { use: 'webhook', url: `http://127.0.0.1:${hook.port}/in`, body: 'array' });
  await until(
    () => shipping.status()[0]?.refused === 33,
    () => JSON.stringify(shipping.status()),
  );
  t.deepEqual(withoutRepeats(came), (await recordsOf(journal)).slice(0, 32));
  t.is(shipping.status()[0]?.error, 'answered 422: no 33 here');
});
