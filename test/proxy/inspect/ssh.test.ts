import { connect as connectTls } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { fingerprintsOf, readPacket } from '../../../lib/protocol/ssh/index.js';
import { silent, startOrigin } from '../../fixtures/origin.js';
import { tunnelTo, type RawClient } from '../../fixtures/raw-client.js';
import { orHung, until } from '../../fixtures/waiting.js';
import { ed25519 } from '../../protocol/ssh/keys.js';
import { kexinit, packet, reply, string } from '../../protocol/ssh/wire.js';
import {
  checkOf,
  closeOf,
  fingerprint,
  greetedTunnel,
  HALF,
  KEY,
  NEWKEYS,
  OFFER,
  sshPolicy,
  startScripted,
  startSshRig,
} from './ssh-peers.js';

const PINS = [fingerprint(KEY)];
const OTHER = ed25519();
const GREETING = 'SSH-2.0-scripted\r\n';
const OURS = 'SSH-2.0-tidegate\r\n';

function text(...parts: readonly (Buffer | string)[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : part.toString('latin1'))).join('');
}

/** What a scripted server has sent when its key is seen, and what a client had sent it. */
const UP_TO_KEY = text(GREETING, packet(kexinit(OFFER)));
const CLIENT = text('SSH-2.0-raw\r\n', packet(kexinit(OFFER)), HALF);

/** Asserts that what a client got is `before` and then a disconnect of that reason with our sentence. */
function isTold(t: ExecutionContext, got: string, before: string, reason: number, sentence: string): void {
  t.is(got.slice(0, before.length), before);
  const read = readPacket(Buffer.from(got.slice(before.length), 'latin1'));
  if (read.kind !== 'whole') throw new Error(`no packet behind: ${JSON.stringify(got)}`);
  t.is(before.length + read.length, got.length, 'nothing follows');
  t.deepEqual([...read.value.subarray(0, 5)], [1, 0, 0, 0, reason]);
  const said = read.value.toString('latin1', 9);
  t.true(said.startsWith(`${sentence} (attempt `), said);
}

const MISMATCH = 'Egress denied: the SSH host key is not one the rule lists [rule linux/linux]';
const NO_SSH = 'Egress denied: the traffic is not what the rule allows [rule linux/linux]';
const UNSEEN = 'Egress denied: the pinned identity cannot be seen or proven [rule linux/linux]';

async function readToEnd(client: RawClient): Promise<string> {
  return (await client.readToEnd()).text;
}

test.serial('a pinned key passes: what follows goes both ways, byte for byte, whatever it is', async (t) => {
  const server = await startScripted(t);
  const rig = await startSshRig(t, server.port, { pins: PINS });
  const client = await greetedTunnel(rig, server.port);
  t.is(await client.readBytes(UP_TO_KEY.length), UP_TO_KEY);
  await client.readBytes(packet(reply(KEY.blob)).length);
  await client.send(NEWKEYS, 'anything');
  t.is(await client.readBytes(6), 'secret');
  client.halfClose();
  await client.readToEnd();
  t.is((await server.arrival(0)).received(), text(CLIENT, NEWKEYS, 'anything'));
  const close = await closeOf(rig);
  t.like(close, { seen: 'ssh', software_version: 'raw', server_software_version: 'scripted', ended_by: 'client' });
  t.like(close, { key_exchange: 'curve25519-sha256', host_key_type: 'ssh-ed25519', server_shown: 'claimed' });
  t.like(close, { cleared_by: 'linux/linux', would_deny: 'none' });
  t.like(checkOf(close), { fact: 'host_key', seen: PINS[0], outcome: 'verified' });
});

test.serial(
  'another key ends in a disconnect in its place: the client never gets the message that holds it',
  async (t) => {
    const server = await startScripted(t);
    const rig = await startSshRig(t, server.port, { pins: [fingerprint(OTHER)] });
    const client = await greetedTunnel(rig, server.port);
    isTold(t, await readToEnd(client), UP_TO_KEY, 9, MISMATCH);
    const arrival = await server.arrival(0);
    await until(
      () => arrival.state() !== 'open',
      () => 'the server is still connected',
    );
    t.is(arrival.received(), CLIENT);
    const close = await closeOf(rig);
    t.like(close, { ended_by: 'host_key_mismatch', status: 200, cleared_by: null, server_shown: 'claimed' });
    t.like(checkOf(close), { expected: [fingerprint(OTHER)], seen: PINS[0], outcome: 'mismatch' });
  },
);

for (const pieces of ['the client', 'the server'] as const) {
  test.serial(`a key exchange in pieces of one byte from ${pieces} is read the same`, async (t) => {
    const bytes = Buffer.from(text(UP_TO_KEY, packet(reply(KEY.blob))), 'latin1');
    const server = await startOrigin(({ socket }) => {
      socket.setNoDelay(true);
      const size = pieces === 'the server' ? 1 : bytes.length;
      const next = (at: number): void => {
        if (at < bytes.length) socket.write(bytes.subarray(at, at + size), () => setImmediate(next, at + size));
      };
      socket.once('data', () => next(0));
      socket.on('end', () => socket.end());
    });
    t.teardown(server.close);
    const rig = await startSshRig(t, server.port, { pins: PINS });
    const client = await tunnelTo(rig.port, `linux.test:${server.port}`);
    const size = pieces === 'the client' ? 1 : CLIENT.length;
    for (let at = 0; at < CLIENT.length; at += size) {
      await new Promise((sent) => client.socket.write(Buffer.from(CLIENT.slice(at, at + size), 'latin1'), sent));
    }
    t.is(await client.readBytes(bytes.length), bytes.toString('latin1'));
    client.halfClose();
    t.like(checkOf(await closeOf(rig)), { outcome: 'verified' });
  });
}

test.serial(
  'lines that a server sends before its identification reach the client, which may wait for them',
  async (t) => {
    const greeting = `Only for those who may.\r\nAll others leave.\nSSH-1.99-Old_3.1 with comments\r\n`;
    const server = await startScripted(t, { greeting });
    const rig = await startSshRig(t, server.port, { pins: PINS });
    const client = await tunnelTo(rig.port, `linux.test:${server.port}`);
    t.is(await client.readBytes(greeting.length), greeting);
    t.is((await server.arrival(0)).received(), '');
    await client.send('SSH-1.99-waits\r\n', packet(kexinit(OFFER)), HALF);
    await client.readBytes(packet(kexinit(OFFER)).length + packet(reply(KEY.blob)).length);
    client.halfClose();
    await client.readToEnd();
    t.like(await closeOf(rig), { software_version: 'waits', server_software_version: 'Old_3.1', ended_by: 'client' });
  },
);

const ENDLESS = {
  'endless lines': 'line\r\n'.repeat(5_000),
  'one endless line': 'x'.repeat(100_000),
  'an endless identification': `SSH-2.0-${'x'.repeat(100_000)}`,
};
for (const [what, greeting] of Object.entries(ENDLESS)) {
  test.serial(`${what} before the identification of a server: nothing of it reaches the client`, async (t) => {
    const server = await startScripted(t, { greeting });
    const rig = await startSshRig(t, server.port);
    const client = await tunnelTo(rig.port, `linux.test:${server.port}`);
    await client.send('SSH-2.0-raw\r\n');
    isTold(t, await readToEnd(client), OURS, 1, NO_SSH);
    const close = await closeOf(rig);
    t.like(close, { ended_by: 'traffic_not_allowed', seen: 'unknown' });
    t.regex(
      String(close['detail']),
      /SSH of the destination: (more than 50 lines or 16 KiB before|the identification is longer)/,
    );
  });
}

test.serial(
  'a key exchange that never ends is cut off: at 64 KiB from a server, at 32 KiB from a client',
  async (t) => {
    const ignoreError = Buffer.concat(
      Array.from({ length: 40 }, () => packet(Buffer.concat([Buffer.of(2), string(Buffer.alloc(8_000))]))),
    );
    const [talks, listens] = [await startScripted(t, { offer: ignoreError }), await startScripted(t)];
    for (const [port, more] of [
      [talks.port, ''],
      [listens.port, ignoreError],
    ] as const) {
      const rig = await startSshRig(t, port);
      const client = await tunnelTo(rig.port, `linux.test:${port}`);
      await client.send('SSH-2.0-raw\r\n', packet(kexinit(OFFER)), more);
      t.true((await readToEnd(client)).length < 70_000);
      const close = await closeOf(rig);
      t.like(close, { ended_by: 'traffic_not_allowed' });
      t.regex(String(close['detail']), /sent too much before the host key/);
      t.true(Number(close['bytes_out']) < 40_000 && Number(close['bytes_in']) < 400_000);
    }
  },
);

test.serial('a key exchange that stands still ends when its time is over, as a failure that says so', async (t) => {
  const server = await startScripted(t, { answer: Buffer.alloc(0) });
  const rig = await startSshRig(t, server.port, {}, { times: { handshake: 400 } });
  const client = await greetedTunnel(rig, server.port);
  isTold(t, await readToEnd(client), UP_TO_KEY, 1, 'Egress failed: the destination did not answer in time');
  const close = await closeOf(rig);
  t.like(close, { ended_by: 'connection_timeout', seen: 'ssh', server_software_version: 'scripted' });
  t.like(close, { key_exchange: 'curve25519-sha256', server_shown: 'not_reached', checks: null });
  t.regex(String(close['detail']), /timed out waiting for the SSH host key/);
});

test.serial(
  'a client that says nothing is turned away when its time is over, whether its server speaks or not',
  async (t) => {
    const [mute, speaks] = [await startOrigin(silent), await startScripted(t)];
    t.teardown(mute.close);
    for (const { port } of [mute, speaks]) {
      const rig = await startSshRig(t, port, {}, { times: { handshake: 400 } });
      const client = await tunnelTo(rig.port, `linux.test:${port}`);
      isTold(t, await readToEnd(client), port === mute.port ? OURS : GREETING, 1, NO_SSH);
      t.like(await closeOf(rig), { ended_by: 'traffic_not_allowed', seen: 'silent', bytes_out: 0 });
    }
  },
);

const FOREIGN = {
  'plain HTTP': ['GET / HTTP/1.1\r\nHost: linux.test\r\n\r\n', ''],
  'half a TLS hello': [Buffer.from('160301', 'hex'), '\x15\x03\x03\0\x02\x02\x31'],
  'SSH in its first version': ['SSH-1.5-old\n', OURS],
  'an identification with a stray byte': ['SSH-2.0-a\0b\r\n', OURS],
} as const;
for (const [what, [bytes, told]] of Object.entries(FOREIGN)) {
  test.serial(`${what} on a rule for SSH: not one byte reaches the destination`, async (t) => {
    const server = await startOrigin(silent);
    t.teardown(server.close);
    const rig = await startSshRig(t, server.port);
    const client = await tunnelTo(rig.port, `linux.test:${server.port}`);
    await client.send(bytes);
    const got = await readToEnd(client);
    if (told === OURS) isTold(t, got, OURS, 1, NO_SSH);
    else t.is(got, told, 'who speaks another protocol is told in that one, or not at all');
    t.like(await closeOf(rig), { ended_by: 'traffic_not_allowed', seen: 'unknown', bytes_out: 0, cleared_by: null });
    t.is((await server.arrival(0)).received(), '');
  });
}

test.serial('TLS on a rule for SSH gets an alert, and the record says which server was asked for', async (t) => {
  const server = await startOrigin(silent);
  t.teardown(server.close);
  const rig = await startSshRig(t, server.port);
  const tunnel = await tunnelTo(rig.port, `linux.test:${server.port}`);
  const client = connectTls({ socket: tunnel.release(), servername: 'fronted.test' });
  const error = await orHung(new Promise<Error>((resolve) => client.once('error', resolve)), () => 'no alert');
  t.regex(error.message, /alert access denied|alert number 49/);
  t.like(await closeOf(rig), {
    ended_by: 'traffic_not_allowed',
    seen: 'tls',
    server_name: 'fronted.test',
    bytes_out: 0,
  });
  t.is((await server.arrival(0)).received(), '');
});

test.serial('SSH on a rule for TLS is refused in SSH: not one byte reaches the destination', async (t) => {
  const server = await startScripted(t);
  const rig = await startSshRig(t, server.port, { protocol: 'tls' });
  const client = await greetedTunnel(rig, server.port);
  isTold(t, await readToEnd(client), OURS, 1, NO_SSH);
  t.like(await closeOf(rig), { ended_by: 'traffic_not_allowed', bytes_out: 0, seen: 'ssh', software_version: 'raw' });
  t.is((await server.arrival(0)).received(), '');
});

const NO_SERVERS = {
  'answers HTTP': 'HTTP/1.1 400 Bad Request\r\n\r\n\0\0',
  'sends a TLS alert': Buffer.from('15030100020228', 'hex'),
  'speaks the first version of SSH': 'SSH-1.5-old\r\n',
  'breaks its first packet': `${GREETING}\xff\xff\xff\xff\xff\xff\xff\xff`,
};
for (const [what, greeting] of Object.entries(NO_SERVERS)) {
  test.serial(`a server that ${what} is turned away, and nothing of that reaches the client`, async (t) => {
    const server = await startScripted(t, { greeting: Buffer.from(greeting as string, 'latin1') });
    const rig = await startSshRig(t, server.port);
    const client = await greetedTunnel(rig, server.port);
    const before = what.startsWith('breaks') ? GREETING : OURS;
    isTold(t, await readToEnd(client), before, 1, NO_SSH);
    t.like(await closeOf(rig), { ended_by: 'traffic_not_allowed' });
  });
}

test.serial(
  'a server that goes at once is a separate failure, and its client still reads its last lines',
  async (t) => {
    const says = 'Exceeded MaxStartups\r\n';
    for (const last of ['', 'SSH-2.0-half an identi']) {
      const server = await startOrigin(({ socket }) => socket.end(says + last));
      t.teardown(server.close);
      const rig = await startSshRig(t, server.port);
      const client = await tunnelTo(rig.port, `linux.test:${server.port}`);
      await client.send('SSH-2.0-raw\r\n');
      const sentence = 'Egress failed: the connection was closed before an answer';
      isTold(t, await readToEnd(client), says + OURS, 1, sentence);
      t.like(await closeOf(rig), { ended_by: 'destination', detail: 'the destination ended the key exchange' });
    }
  },
);

test.serial('who goes during the key exchange is who the record names', async (t) => {
  const server = await startScripted(t, { answer: Buffer.alloc(0) });
  const rig = await startSshRig(t, server.port);
  const client = await greetedTunnel(rig, server.port);
  await client.readBytes(UP_TO_KEY.length);
  client.reset();
  t.like(await closeOf(rig), { ended_by: 'client', detail: 'the client ended the key exchange' });
  const again = await greetedTunnel(rig, server.port);
  await again.readBytes(UP_TO_KEY.length);
  (await server.arrival(1)).socket.resetAndDestroy();
  await again.readToEnd();
  t.like(await closeOf(rig, 1), { ended_by: 'destination' });
});

test.serial('two ends with nothing in common part by themselves: no denial, but an end', async (t) => {
  const server = await startScripted(t);
  const rig = await startSshRig(t, server.port, { pins: PINS });
  const client = await tunnelTo(rig.port, `linux.test:${server.port}`);
  await client.send('SSH-2.0-raw\r\n', packet(kexinit({ ...OFFER, keyExchange: 'none-of-yours' })));
  t.is(await client.readBytes(UP_TO_KEY.length), UP_TO_KEY);
  await client.send(packet(Buffer.of(1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0)));
  client.halfClose();
  await client.readToEnd();
  t.like(await closeOf(rig), { ended_by: 'client', seen: 'ssh', key_exchange: null, server_shown: 'not_reached' });
});

const TOO_EARLY = {
  'a request for a service': Buffer.concat([Buffer.of(5), string('ssh-userauth')]),
  'new keys': Buffer.of(21),
  'a password': Buffer.concat([Buffer.of(50), string('root', 'ssh-connection', 'password')]),
  'data of a channel': Buffer.concat([Buffer.of(94, 0, 0, 0, 0), string('the secret plans')]),
};
for (const [what, payload] of Object.entries(TOO_EARLY)) {
  test.serial(`${what} before the host key does not reach the server`, async (t) => {
    const server = await startScripted(t, { answer: Buffer.alloc(0) });
    const rig = await startSshRig(t, server.port);
    const client = await greetedTunnel(rig, server.port);
    await client.readBytes(UP_TO_KEY.length);
    await client.send(packet(payload));
    isTold(t, await readToEnd(client), '', 1, NO_SSH);
    t.regex(
      String((await closeOf(rig))['detail']),
      /SSH of the client: the client sent message \d+ before the host key/,
    );
    t.is((await server.arrival(0)).received(), CLIENT);
  });
}

test.serial(
  'what a client sends behind its half waits until the key has passed, and does not go if it does not',
  async (t) => {
    const server = await startScripted(t, {
      answer: Buffer.concat([packet(Buffer.of(2, 0, 0, 0, 0)), packet(reply(OTHER.blob))]),
    });
    const rig = await startSshRig(t, server.port, { pins: PINS });
    const client = await tunnelTo(rig.port, `linux.test:${server.port}`);
    await client.send(
      Buffer.concat([Buffer.from('SSH-2.0-raw\r\n'), packet(kexinit(OFFER)), HALF, NEWKEYS]),
      'the secret plans',
    );
    await client.readToEnd();
    t.is((await server.arrival(0)).received(), CLIENT);
    await closeOf(rig);
  },
);

const GUESSES = {
  'a right guess': OFFER.keyExchange,
  'a marker first': `ext-info-s,${OFFER.keyExchange}`,
  'a wrong guess': `other,${OFFER.keyExchange}`,
};
for (const [what, keyExchange] of Object.entries(GUESSES)) {
  test.serial(
    `a server that sends a packet on a guess (${what}) cannot show one key here and another to its client`,
    async (t) => {
      const offer = Buffer.concat([packet(kexinit({ ...OFFER, keyExchange, follows: true })), packet(reply(KEY.blob))]);
      const server = await startScripted(t, { offer, answer: packet(reply(OTHER.blob)) });
      const rig = await startSshRig(t, server.port, { pins: PINS });
      const client = await greetedTunnel(rig, server.port);
      isTold(t, await readToEnd(client), GREETING, 1, NO_SSH);
      t.like(await closeOf(rig), { ended_by: 'traffic_not_allowed' });
    },
  );
}

test.serial('a server that offers again, or shows a key of another type than agreed, is turned away', async (t) => {
  const twice = packet(kexinit({ ...OFFER, hostKeyAlgorithms: 'ssh-rsa' }));
  const other = packet(reply(Buffer.concat([string('ssh-rsa'), KEY.fields])));
  for (const answer of [Buffer.concat([twice, packet(reply(KEY.blob))]), other]) {
    const server = await startScripted(t, { answer });
    const rig = await startSshRig(t, server.port, { pins: PINS });
    isTold(t, await readToEnd(await greetedTunnel(rig, server.port)), UP_TO_KEY, 1, NO_SSH);
    t.like(await closeOf(rig), { ended_by: 'traffic_not_allowed' });
  }
});

test.serial(
  'in a key exchange that is not known the key is not visible: denied, or passed where the rule says so',
  async (t) => {
    const offer = { ...OFFER, keyExchange: 'rsa2048-sha256' };
    const server = await startScripted(t, { offer: packet(kexinit(offer)) });
    const strict = await startSshRig(t, server.port, { pins: PINS });
    isTold(
      t,
      await readToEnd(await greetedTunnel(strict, server.port, offer)),
      text(GREETING, packet(kexinit(offer))),
      9,
      UNSEEN,
    );
    t.like(await closeOf(strict), { ended_by: 'identity_not_visible', server_shown: 'hidden' });
    const lax = await startSshRig(t, server.port, { pins: PINS, more: ['unverifiable: allow'] });
    const client = await greetedTunnel(lax, server.port, offer);
    await client.readBytes(text(GREETING, packet(kexinit(offer)), packet(reply(KEY.blob))).length);
    client.halfClose();
    const close = await closeOf(lax);
    t.like(close, { cleared_by: 'linux/linux', ended_by: 'client' });
    t.like(checkOf(close), { outcome: 'not_visible', seen: null });
  },
);

test.serial('a pin in the form of MD5, and one of several, hold', async (t) => {
  const server = await startScripted(t);
  for (const pins of [
    [fingerprintsOf(KEY.blob).md5],
    [fingerprint(OTHER), ...PINS],
    [fingerprintsOf(OTHER.blob).md5, fingerprintsOf(KEY.blob).md5],
  ]) {
    const rig = await startSshRig(t, server.port, { pins });
    const client = await greetedTunnel(rig, server.port);
    await client.readBytes(UP_TO_KEY.length + packet(reply(KEY.blob)).length);
    client.halfClose();
    t.like(checkOf(await closeOf(rig)), { expected: pins, outcome: 'verified', seen: PINS[0] });
  }
});

test.serial('a rule that observes lets another key pass, and records what it would have denied', async (t) => {
  const server = await startScripted(t);
  const rig = await startSshRig(t, server.port, { pins: [fingerprint(OTHER)], more: ['mode: observe'] });
  const client = await greetedTunnel(rig, server.port);
  await client.readBytes(UP_TO_KEY.length + packet(reply(KEY.blob)).length);
  await client.send(NEWKEYS);
  t.is(await client.readBytes(6), 'secret');
  client.halfClose();
  const close = await closeOf(rig);
  t.like(close, { would_deny: 'host_key_mismatch', cleared_by: 'linux/linux', ended_by: 'client' });
  t.like(checkOf(close), { outcome: 'mismatch', seen: PINS[0] });
});

test.serial(
  'a change of policy ends the sessions whose key no pin holds any more, and leaves the others',
  async (t) => {
    const [server, kept] = [await startScripted(t), await startScripted(t)];
    const ports = (pins: readonly string[]) =>
      `${sshPolicy(server.port, { pins })}${sshPolicy(kept.port, { pins: PINS }).split('\n').slice(2).join('\n').replace('id: linux', 'id: kept')}`;
    const rig = await startSshRig(t, server.port, {}, { policy: ports(PINS) });
    const clients = [await greetedTunnel(rig, server.port), await greetedTunnel(rig, kept.port)];
    for (const client of clients) await client.readBytes(UP_TO_KEY.length + packet(reply(KEY.blob)).length);
    rig.setPolicy(ports([fingerprintsOf(KEY.blob).md5]));
    rig.setPolicy(ports([fingerprint(OTHER)]));
    const [changed, left] = clients;
    await changed?.readToEnd();
    t.like(await closeOf(rig), { ended_by: 'policy_change', cleared_by: 'linux/linux' });
    await left?.send(NEWKEYS);
    t.is(await left?.readBytes(6), 'secret');
    t.is((await rig.records()).filter(({ kind }) => kind === 'close').length, 1);
    left?.close();
  },
);

test.serial('a policy that changes before the key is seen has the last word on it', async (t) => {
  const server = await startScripted(t);
  const rig = await startSshRig(t, server.port, { pins: PINS });
  const client = await tunnelTo(rig.port, `linux.test:${server.port}`);
  await client.send('SSH-2.0-raw\r\n', packet(kexinit(OFFER)));
  t.is(await client.readBytes(UP_TO_KEY.length), UP_TO_KEY);
  rig.setPolicy(sshPolicy(server.port, { pins: [fingerprint(OTHER), fingerprintsOf(OTHER.blob).md5] }));
  await client.send(HALF);
  isTold(t, await readToEnd(client), '', 9, MISMATCH);
  t.like(await closeOf(rig), { ended_by: 'host_key_mismatch', cleared_by: null });
});

test.serial('law 5: the pins of one rule and the port of another never add up', async (t) => {
  const server = await startScripted(t);
  const pinned = sshPolicy(server.port, { pins: [fingerprint(OTHER)] });
  const elsewhere = sshPolicy(server.port + 1, { pins: PINS })
    .split('\n')
    .slice(2)
    .join('\n')
    .replace('id: linux', 'id: other');
  const rig = await startSshRig(t, server.port, {}, { policy: `${pinned}${elsewhere}` });
  isTold(t, await readToEnd(await greetedTunnel(rig, server.port)), UP_TO_KEY, 9, MISMATCH);
  t.like(await closeOf(rig), { ended_by: 'host_key_mismatch' });
});
