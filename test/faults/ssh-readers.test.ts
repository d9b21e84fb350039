import test from 'ava';
import {
  negotiate,
  readFingerprint,
  readHostKeyReply,
  readIdentification,
  readKeyExchangeInit,
  readPacket,
} from '../../lib/protocol/ssh/index.js';
import { follow } from '../protocol/ssh/follow.js';
import { HANDSHAKES } from '../protocol/ssh/handshakes.js';
import { mutate, seeded, type Chance } from './mutating.js';

/** For each reader. */
const INPUTS = process.env['TIDEGATE_LONG'] === undefined ? 3000 : 1_000_000;
/** What a reader may ask to be held for one packet (RFC 4253 §6.1), and what all inputs may leave behind. */
const LONGEST = 35_000;
const ALLOWED = 200 * 1024 ** 2;

type Answer =
  | { readonly kind: 'whole'; readonly length: number; readonly value: unknown }
  | { readonly kind: 'partial'; readonly need: number }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'malformed'; readonly detail: string };

/** What is wrong with an answer, whatever was read. */
function fault(answer: Answer, length: number): string {
  if (answer.kind === 'malformed') return /^[ -~]+$/.test(answer.detail) ? '' : 'a detail that is not ASCII';
  if (answer.kind === 'whole') return answer.length > 0 && answer.length <= length ? '' : `takes ${answer.length}`;
  if (answer.kind === 'foreign') return '';
  const most = Math.max(length + 1, LONGEST);
  return answer.need > length && answer.need <= most ? '' : `needs ${answer.need} of ${length}`;
}

/** The payloads of all packets that were recorded, and of which end they are. */
const PAYLOADS = HANDSHAKES.flatMap(({ client, server }) =>
  (['client', 'server'] as const).flatMap((from) => {
    const bytes = from === 'client' ? client : server;
    const payloads: Buffer[] = [];
    const identification = readIdentification(bytes, from);
    let at = identification.kind === 'whole' ? identification.length : bytes.length;
    for (let packet = readPacket(bytes.subarray(at)); packet.kind === 'whole';) {
      payloads.push(packet.value);
      at += packet.length;
      packet = readPacket(bytes.subarray(at));
    }
    return payloads.map((payload) => ({ payload, from }));
  }),
);
const OFFERS = PAYLOADS.filter(({ payload }) => payload[0] === 20);
const REPLIES = HANDSHAKES.map(({ client, server }) => {
  const { negotiated } = follow(client, server);
  const payload = PAYLOADS.find((one) => one.payload[0] === negotiated.reply && server.includes(one.payload))?.payload;
  return { negotiated, payload: payload ?? Buffer.alloc(0) };
});

/** Each reader with one changed input: what is wrong with its answer, or nothing. */
const READERS: Readonly<Record<string, (chance: Chance) => string>> = {
  identifications: (chance) => {
    const { client, server } = chance.of(HANDSHAKES);
    const from = chance.of(['client', 'server'] as const);
    const input = mutate((chance.of([true, false]) ? client : server).subarray(0, 300), chance);
    return fault(readIdentification(input, from), input.length);
  },
  packets: (chance) => {
    const { client, server } = chance.of(HANDSHAKES);
    const bytes = chance.of([client, server]);
    const input = mutate(bytes.subarray(chance.below(bytes.length)), chance);
    return fault(readPacket(input), input.length);
  },
  offers: (chance) => {
    const [one, other] = [chance.of(OFFERS), chance.of(OFFERS)].map(({ payload }, index) =>
      readKeyExchangeInit(mutate(payload, chance), index === 0 ? 'client' : 'server'),
    );
    if (one === undefined || other === undefined || 'kind' in one || 'kind' in other) return '';
    const agreed = negotiate(one, other);
    if (agreed === 'nothing_in_common') return '';
    const inBoth = (list: 'keyExchange' | 'hostKeyAlgorithms', name: string) =>
      one[list].includes(name) && other[list].includes(name);
    return inBoth('keyExchange', agreed.keyExchange) && inBoth('hostKeyAlgorithms', agreed.hostKeyAlgorithm)
      ? ''
      : 'agrees on what was not offered';
  },
  replies: (chance) => {
    const { negotiated, payload } = chance.of(REPLIES);
    const hostKey = readHostKeyReply(mutate(payload, chance), negotiated);
    if ('kind' in hostKey) return fault(hostKey, 0);
    return /^SHA256:.{43}$/.test(hostKey.sha256) && /^MD5:(..:){15}..$/.test(hostKey.md5) ? '' : 'no fingerprint';
  },
  fingerprints: (chance) => {
    const { sha256, md5 } = chance.of(HANDSHAKES).expected.hostKey;
    const reading = readFingerprint(mutate(Buffer.from(chance.of([sha256, md5])), chance).toString('latin1'));
    if (reading.kind === 'malformed') return fault(reading, 0);
    const again = readFingerprint(reading.value.text);
    return again.kind === 'value' && again.value.text === reading.value.text ? '' : 'is not canonical';
  },
};

for (const [name, read] of Object.entries(READERS)) {
  test.serial(`SSH: ${INPUTS} changed ${name} are read or refused, and nothing is kept`, (t) => {
    t.timeout(3_600_000, 'a reader hangs');
    const before = held();
    for (let seed = 0; seed < INPUTS; seed++) {
      const wrong = read(seeded(seed));
      if (wrong !== '') t.fail(`seed ${seed}: ${wrong}`);
    }
    t.true(held() - before < ALLOWED, 'memory');
  });
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
