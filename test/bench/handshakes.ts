/**
 * Real handshakes, recorded once and played again: what the two ends say, in turns, so that the same bytes can go through a
 * proxy thousands of times and cost nobody but the proxy anything.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, connect as connectTls } from 'node:tls';
import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { makeTentacleCertificate } from '../fixtures/certificate.js';

/** One turn: who speaks, and what, in base64. */
export interface Turn {
  readonly from: 'client' | 'server';
  readonly bytes: string;
}

/** A recorded handshake, and what a rule pins of it. */
export interface Handshake {
  readonly turns: readonly Turn[];
  readonly pins: string;
}

/** A TLS 1.2 handshake as between Octopus Server and a Tentacle: RSA-2048 certificates on both sides. */
export async function recordTentacle(): Promise<Handshake> {
  const [server, client] = [makeTentacleCertificate('tentacle'), makeTentacleCertificate('octopus')];
  const versions = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
  const listener = createTlsServer({ ...server, ...versions, requestCert: true, rejectUnauthorized: false });
  const turns = await record(listener, async (port) => {
    const socket = connectTls({ port, ...client, ...versions, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.destroy();
  });
  return { turns, pins: `thumbprints: ["${server.thumbprint}"], client-thumbprints: ["${client.thumbprint}"]` };
}

/** An SSH handshake up to the first encrypted message. */
export async function recordSsh(): Promise<Handshake> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 3072,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const server = new ssh2.Server({ hostKeys: [privateKey] }, (client) => client.on('error', () => undefined));
  let pin = '';
  const bridge = createServer((socket) => server.injectSocket(socket));
  const turns = await record(bridge, async (port) => {
    const client = new ssh2.Client();
    const shaken = once(client, 'handshake');
    client.on('error', () => undefined);
    const hostVerifier = (fingerprint: string): boolean => {
      pin = `SHA256:${Buffer.from(fingerprint, 'hex').toString('base64').replace('=', '')}`;
      return true;
    };
    client.connect({ port, host: '127.0.0.1', username: 'bench', hostHash: 'sha256', hostVerifier });
    await shaken;
    client.destroy();
  });
  return { turns, pins: `host-keys: ["${pin}"]` };
}

/** Lets `talk` talk to the server through a relay that writes down what goes by. Turns of one side are joined. */
async function record(server: Server, talk: (port: number) => Promise<void>): Promise<readonly Turn[]> {
  const heard: { from: Turn['from']; bytes: Buffer }[] = [];
  const hear = (from: Turn['from'], bytes: Buffer): void => {
    const last = heard.at(-1);
    if (last?.from === from) last.bytes = Buffer.concat([last.bytes, bytes]);
    else heard.push({ from, bytes });
  };
  const target = await listening(server);
  const relay = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    near.on('data', (bytes) => hear('client', bytes));
    far.on('data', (bytes) => hear('server', bytes));
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far).pipe(near);
  });
  await talk(await listening(relay));
  relay.close();
  server.close();
  return heard.map(({ from, bytes }) => ({ from, bytes: bytes.toString('base64') }));
}

/** Starts a server on a free loopback port. */
export async function listening(server: Server): Promise<number> {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Plays one side's turns on a socket, each after the other side's whole turn before it; settles when all have been. */
export function play(socket: Socket, turns: readonly Turn[], side: Turn['from']): Promise<void> {
  const script = turns.map(({ from, bytes }) => ({ from, bytes: Buffer.from(bytes, 'base64') }));
  let at = 0;
  let got = 0;
  return new Promise((resolve, reject) => {
    const goOn = (): void => {
      for (let turn = script[at]; turn !== undefined; turn = script[at]) {
        if (turn.from === side) socket.write(turn.bytes);
        else if (got < turn.bytes.length) return;
        else got -= turn.bytes.length;
        at += 1;
      }
      resolve();
    };
    socket.on('data', (bytes: Buffer) => {
      got += bytes.length;
      goOn();
    });
    socket.once('close', () => (at < script.length ? reject(new Error('closed in the middle')) : resolve()));
    goOn();
  });
}
