import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import test, { type ExecutionContext } from 'ava';
import { readClientAnswer, readServerAnswer } from '../../lib/protocol/halibut/index.js';
import type { Reading } from '../../lib/protocol/index.js';
import { readClientHello } from '../../lib/protocol/tls/index.js';
import {
  ANY_CLIENT,
  CERTIFICATES,
  known,
  messagesOf,
  recordHandshake,
  secondFlight,
  servingOf,
} from '../protocol/halibut/handshakes.js';
import { chanceFrom, inOtherRecords, wholly } from '../protocol/pieces.js';
import { CHROMIUM_HELLO, GNUTLS_HELLO, JSSE } from '../protocol/tls/golden.js';
import { record } from '../protocol/tls/recording.js';

/** For each reader: 3,000, and a million in the long form. */
const INPUTS = process.env['TIDEGATE_LONG'] === undefined ? 3000 : 1_000_000;
/** How much more memory may be held at the end of all inputs than after the first thousand. */
const GROWTH = 8 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

type Chance = (below: number) => number;

/** One change to bytes, of a kind that those who attack readers make. */
function mutated(bytes: Buffer, chance: Chance): Buffer {
  const at = chance(bytes.length);
  const length = chance(Math.min(64, bytes.length - at));
  switch (chance(8)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([0, 0xff, 3, chance(256)]), bytes.subarray(at)]);
    case 4:
      return inOtherRecords(bytes, () => 1 + chance(1 + length * 8));
    default: {
      const changed = Buffer.from(bytes);
      changed[at] = chance(2) === 0 ? chance(256) : (changed[at] ?? 0) ^ (1 << chance(8));
      return changed;
    }
  }
}

/** Several changes, so that what one lets through another meets. */
function anInput(seeds: readonly Buffer[], chance: Chance): Buffer {
  let bytes = seeds[chance(seeds.length)] ?? Buffer.alloc(0);
  for (let changes = 1 + chance(3); changes > 0 && bytes.length > 0; changes--) bytes = mutated(bytes, chance);
  return bytes;
}

/** What a reader owes its caller whatever the bytes are; `none` if it does, else what is wrong. */
function broken(reading: Reading<unknown>, bytes: Buffer): string {
  switch (reading.kind) {
    case 'whole':
      return reading.length <= bytes.length && reading.length > 0 ? 'none' : `length ${reading.length}`;
    case 'partial':
      return reading.need > bytes.length && reading.need <= 65_536 ? 'none' : `need ${reading.need}`;
    case 'malformed':
      return /^[\x20-\x7e]+$/.test(reading.detail) ? 'none' : 'a detail that is not plain';
    case 'foreign':
      return 'none';
  }
}

function withstands(t: ExecutionContext, seeds: readonly Buffer[], read: (bytes: Buffer) => Reading<unknown>): void {
  t.timeout(1_200_000, 'a reader hangs');
  const chance = chanceFrom(20_261_125);
  const kinds = new Map<string, number>();
  let held = 0;
  for (let count = 0; count < INPUTS; count++) {
    if (count === 1000) held = memoryHeld();
    const bytes = anInput(seeds, chance);
    const reading = read(bytes);
    const wrong = broken(reading, bytes);
    if (wrong !== 'none') t.fail(`${wrong}: ${bytes.toString('hex')}`);
    kinds.set(reading.kind, (kinds.get(reading.kind) ?? 0) + 1);
  }
  t.true(memoryHeld() - held < GROWTH, `${memoryHeld() - held} bytes more are held`);
  t.log(Object.fromEntries(kinds));
  for (const kind of ['whole', 'partial', 'malformed', 'foreign']) t.true(kinds.has(kind), `no input was ${kind}`);
}

/** What is still held once all that can go is gone. */
function memoryHeld(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test(`a reader of hellos withstands ${INPUTS} broken ones`, (t) => {
  withstands(t, [CHROMIUM_HELLO, GNUTLS_HELLO, JSSE.hello], readClientHello);
});

test(`a reader of servers' answers withstands ${INPUTS} broken ones, and proves none that was changed`, async (t) => {
  const hello = wholly(readClientHello(JSSE.hello)).value;
  const others = ['ECDHE-ECDSA, P-256', 'DHE-RSA', 'RSA key exchange', 'TLS 1.0, ECDHE-RSA', 'anonymous key exchange'];
  const recorded = await Promise.all(others.map((name) => recordHandshake(known(name))));
  // What is signed, and what says by whom: nothing of it may change. The rest may, until the Finished messages meet.
  const signed = [JSSE.server.subarray(11, 43), messageOf(JSSE.server, 11), messageOf(JSSE.server, 12)];
  let proofs = 0;
  withstands(t, [JSSE.server, ...recorded.map(({ server }) => server)], (bytes) => {
    const reading = readServerAnswer(bytes, hello);
    if (reading.kind !== 'whole' || reading.value.kind !== 'visible' || reading.value.server.kind !== 'proven')
      return reading;
    const { server, messages } = reading.value;
    if (server.identity.thumbprint === JSSE.thumbprint && !signed.every((part) => messages.includes(part)))
      t.fail(`proven: ${bytes.toString('hex')}`);
    proofs += 1;
    return reading;
  });
  t.true(proofs > 0);
});

test(`a reader of clients' answers withstands ${INPUTS} broken ones, and proves none that was changed`, async (t) => {
  const hello = wholly(readClientHello(JSSE.hello)).value;
  const answer = wholly(readServerAnswer(JSSE.server, hello)).value;
  if (answer.kind !== 'visible') throw new Error(answer.kind);
  const { p256 } = CERTIFICATES;
  const other = await record(
    { ...servingOf(known('ECDHE-RSA')), requestCert: true, rejectUnauthorized: false },
    { ...ANY_CLIENT, ...p256 },
  );
  const signed = [11, 16, 15].map((type) => messageOf(JSSE.client, type));
  let proofs = 0;
  withstands(t, [JSSE.client, secondFlight(other)], (bytes) => {
    const reading = readClientAnswer(bytes, hello, answer.messages, answer.version);
    if (reading.kind !== 'whole' || reading.value.kind !== 'visible' || reading.value.client.kind !== 'proven')
      return reading;
    const said = Buffer.concat(messagesOf(bytes));
    if (!signed.every((part) => said.includes(part))) t.fail(`proven: ${bytes.toString('hex')}`);
    proofs += 1;
    return reading;
  });
  t.true(proofs > 0);
});

function messageOf(bytes: Buffer, type: number): Buffer {
  return messagesOf(bytes).find((one) => one[0] === type) ?? Buffer.alloc(0);
}
