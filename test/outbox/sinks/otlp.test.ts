import test from 'ava';
import { until } from '../../fixtures/waiting.js';
import { recordsOf, trail } from '../feed-fixture.js';
import { type Came, httpReceiver, recordIn, ship, survivesKills, withoutRepeats } from '../receiver-fixture.js';
import { decodeRequest, encodeResponse } from './otlp-schema.js';

test('an OpenTelemetry receiver that is killed and restarted in mid stream misses nothing', async (t) => {
  const journal = await trail(t);
  const came: Came[] = [];
  const receiver = await httpReceiver(t, (request, body, response) => {
    t.is(request.headers['content-type'], 'application/x-protobuf');
    t.is(request.url, '/v1/logs');
    came.push(
      ...decodeRequest(body).logs.map((log) => {
        t.like(recordIn(log.body), {
          seq: Number(log.attributes['tidegate.seq']),
          id: log.attributes['log.record.uid'],
        });
        return recordIn(log.body);
      }),
    );
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(encodeResponse(0, ''));
  });
  ship(t, journal, { use: 'otlp', encoding: 'protobuf', url: `http://127.0.0.1:${receiver.port}/v1/logs` });
  await survivesKills(t, journal, () => came, receiver);
});

test('a receiver that rejects one record of a batch is reported as the one that holds up the rest', async (t) => {
  const journal = await trail(t);
  await journal.append(30);
  const came: Came[] = [];
  const receiver = await httpReceiver(t, (_request, body, response) => {
    const records = decodeRequest(body).logs.map((log) => recordIn(log.body));
    const taken = records.filter(({ seq }) => seq !== 17);
    came.push(...taken);
    response.end(encodeResponse(records.length - taken.length, 'too old'));
  });
  const shipping = ship(t, journal, {
    use: 'otlp',
    encoding: 'protobuf',
    url: `http://127.0.0.1:${receiver.port}/v1/logs`,
  });
  await until(
    () => shipping.status()[0]?.refused === 17,
    () => JSON.stringify(shipping.status()),
  );
  t.is(shipping.status()[0]?.error, 'partial success, 1 rejected: too old');
  t.deepEqual(withoutRepeats(came).slice(0, 16), (await recordsOf(journal)).slice(0, 16));
});

test('records go as JSON where the configuration says so', async (t) => {
  const journal = await trail(t);
  const came: Came[] = [];
  const receiver = await httpReceiver(t, (request, body, response) => {
    t.is(request.headers['content-type'], 'application/json');
    const { resourceLogs } = JSON.parse(body.toString()) as JsonRequest;
    const logs = resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
    came.push(...logs.map((log) => recordIn(log.body.stringValue)));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  ship(t, journal, { use: 'otlp', encoding: 'json', url: `http://127.0.0.1:${receiver.port}/v1/logs` });
  await journal.append(30);
  await until(
    () => came.length >= journal.durable(),
    () => `${came.length} records came`,
  );
  t.deepEqual(withoutRepeats(came), await recordsOf(journal));
});

for (const encoding of ['protobuf', 'json'] as const)
  test(`a 200 that is not OTLP does not accept (${encoding})`, async (t) => {
    const journal = await trail(t);
    const receiver = await httpReceiver(t, (_request, _body, response) => void response.end('<html>welcome</html>'));
    const url = `http://127.0.0.1:${receiver.port}/v1/logs`;
    const shipping = ship(t, journal, { use: 'otlp', encoding, url });
    await until(
      () => shipping.status()[0]?.error === 'the answer is not an OTLP response',
      () => JSON.stringify(shipping.status()),
    );
    t.pass();
  });

interface JsonRequest {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly { readonly body: { readonly stringValue: string } }[];
    }[];
  }[];
}
