import type { ExecutionContext } from 'ava';
import { fingerprintsOf, readIdentification, readPacket } from '../../../lib/protocol/ssh/index.js';
import { startOrigin, type Origin } from '../../fixtures/origin.js';
import { tunnelTo, type RawClient } from '../../fixtures/raw-client.js';
import { until } from '../../fixtures/waiting.js';
import { ed25519, type TestKey } from '../../protocol/ssh/keys.js';
import { kexinit, packet, reply, string } from '../../protocol/ssh/wire.js';
import { startRig, type Rig, type RigOptions } from '../rig.js';

/** What a rule for `linux.test` says beside its host and port. */
export interface Terms {
  readonly pins?: readonly string[];
  readonly more?: readonly string[];
  readonly protocol?: 'ssh' | 'tls' | 'tentacle';
}

/** A policy of one rule for SSH. */
export function sshPolicy(port: number, { pins = [], more = [], protocol = 'ssh' }: Terms = {}): string {
  const lines = [
    ...['to: [linux.test]', 'resolves-to: [127.0.0.0/8]', `protocol: ${protocol}`, `ports: [${port}]`],
    ...(pins.length === 0 ? [] : [`host-keys: ${JSON.stringify(pins)}`]),
    ...more,
  ];
  return `policy: linux\nallow:\n  - id: linux\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

/** A proxy in this process before a port of loopback, which ends with the test. */
export async function startSshRig(
  t: ExecutionContext,
  port: number,
  terms: Terms = {},
  given: RigOptions = {},
): Promise<Rig> {
  const rig = await startRig({ policy: sshPolicy(port, terms), hosts: { 'linux.test': ['127.0.0.1'] }, ...given });
  t.teardown(rig.end);
  return rig;
}

/** Waits for the close record of that index. */
export async function closeOf(rig: Rig, index = 0): Promise<Readonly<Record<string, unknown>>> {
  const closes = async () => (await rig.records()).filter(({ kind }) => kind === 'close');
  await until(
    async () => (await closes()).length > index,
    () => `no close record ${index}; logged ${rig.logged.join('\n')}`,
  );
  return (await closes())[index] ?? {};
}

/** The one check of a close record. */
export function checkOf(close: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const [check = {}] = (close['checks'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  return check;
}

/** The fingerprint of a key made by hand. */
export function fingerprint({ blob }: TestKey): string {
  return fingerprintsOf(blob).sha256;
}

/** Offers with which a client and a server agree on curve25519 and ed25519. */
export const OFFER = { keyExchange: 'curve25519-sha256', hostKeyAlgorithms: 'ssh-ed25519' };

/** The client's half of the key exchange, as all methods with message 30 have it. */
export const HALF = packet(Buffer.concat([Buffer.of(30), string(Buffer.alloc(32, 5))]));

/** New keys, after which all would be encrypted. */
export const NEWKEYS = packet(Buffer.of(21));

/** What a hand-made server does. Each is bytes that it sends as they are. */
export interface Script {
  /** At once. */
  readonly greeting?: Buffer | string;
  /** Once the client's identification is there. */
  readonly offer?: Buffer;
  /** Once the client has sent its half (30), or asked for a group (34). */
  readonly answer?: Buffer;
  /** Once new keys have come. */
  readonly after?: Buffer;
}

/** A key that hand-made servers show; nobody signs with it. */
export const KEY = ed25519();

/** Whether a client's bytes hold a whole message of that number. */
function holds(bytes: Buffer, numbers: readonly number[]): boolean {
  const greeting = readIdentification(bytes, 'client');
  if (greeting.kind !== 'whole') return false;
  for (let at = greeting.length; ;) {
    const read = readPacket(bytes.subarray(at));
    if (read.kind !== 'whole') return false;
    if (numbers.includes(read.value[0] ?? 0)) return true;
    at += read.length;
  }
}

/** Starts a server that goes through its script once a connection, and ends with the test. */
export async function startScripted(t: ExecutionContext, script: Script = {}): Promise<Origin> {
  const origin = await startOrigin(({ socket, received }) => {
    const steps: [() => boolean, Buffer][] = [
      [() => readIdentification(seen(), 'client').kind === 'whole', script.offer ?? packet(kexinit(OFFER))],
      [() => holds(seen(), [30, 34]), script.answer ?? packet(reply(KEY.blob))],
      [() => holds(seen(), [21]), script.after ?? Buffer.from('secret')],
    ];
    const seen = (): Buffer => Buffer.from(received(), 'latin1');
    socket.write(script.greeting ?? 'SSH-2.0-scripted\r\n');
    socket.on('data', () => {
      for (let step = steps[0]; step?.[0]() === true; step = steps[0]) {
        socket.write(step[1]);
        steps.shift();
      }
    });
    socket.on('end', () => socket.end());
  });
  t.teardown(origin.close);
  return origin;
}

/** A tunnel whose client has said who it is, what it offers and its half. */
export async function greetedTunnel(rig: Rig, port: number, offer = OFFER): Promise<RawClient> {
  const client = await tunnelTo(rig.port, `linux.test:${port}`);
  await client.send('SSH-2.0-raw\r\n', packet(kexinit(offer)), HALF);
  return client;
}
