/**
 * The clients, as a process of their own. Takes one job as JSON on the command line, does it, prints the outcome as JSON.
 * Every job is bounded by a count; one that meets an answer other than the expected one fails.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { firstOf, type Job, type Outcome } from './job.js';

/** Opens a connection to the proxy and asks it for a tunnel to `target`; the connection once the 200 is whole. */
async function tunnel(port: number, target: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.write(`CONNECT 127.0.0.1:${target} HTTP/1.1\r\nHost: 127.0.0.1:${target}\r\n\r\n`);
  const head = await headOf(socket);
  if (!/^HTTP\/1\.[01] 200 /.test(head)) throw new Error(`no tunnel: ${head.slice(0, 200)}`);
  return socket;
}

function headOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = '';
    const take = (bytes: Buffer): void => {
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', take);
      resolve(head);
    };
    socket.on('data', take);
    socket.once('error', reject);
    socket.once('end', () => reject(new Error(`ended after ${JSON.stringify(head)}`)));
  });
}

/** Opens and closes `job.count` tunnels, `job.width` at a time; a latency is from the connect to the whole 200. */
async function setUp(job: Job): Promise<number[]> {
  return spread(job, async () => {
    const started = process.hrtime.bigint();
    const socket = await tunnel(job.proxy, job.target);
    const taken = Number(process.hrtime.bigint() - started) / 1000;
    socket.end();
    await once(socket.resume(), 'close');
    return taken;
  });
}

/** Small round trips: `job.width` tunnels, `job.count` echoes of 64 bytes over all of them. */
async function roundTrips(job: Job): Promise<number[]> {
  const each = Math.floor(job.count / job.width);
  const message = Buffer.alloc(64, 'r');
  const lanes = Array.from({ length: job.width }, async () => {
    const socket = await tunnel(job.proxy, job.target);
    const latencies = await repeat(socket, message, each, message.length);
    socket.destroy();
    return latencies;
  });
  return (await Promise.all(lanes)).flat();
}

/** Plain requests over `job.width` kept connections, one at a time on each; where the proxy does not keep them, over new ones. */
async function forward(job: Job): Promise<number[]> {
  const authority = `127.0.0.1:${job.target}`;
  const request = Buffer.from(
    `GET http://${authority}/packages/index.json?take=20 HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: bench\r\nAccept: application/json\r\n\r\n`,
  );
  const each = Math.floor(job.count / job.width);
  const lanes = Array.from({ length: job.width }, async () => {
    const latencies: number[] = [];
    while (latencies.length < each) {
      const socket = connect({ port: job.proxy, host: '127.0.0.1', noDelay: true });
      latencies.push(...(await repeat(socket, request, each - latencies.length, 'response')));
      socket.destroy();
    }
    return latencies;
  });
  return (await Promise.all(lanes)).flat();
}

/**
 * Sends `message` `count` times, each after the whole answer to the one before; the answer is so many bytes, or one HTTP
 * response. The latencies are fewer than `count` if the other side closed in between.
 */
function repeat(socket: Socket, message: Buffer, count: number, answer: number | 'response'): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const latencies: number[] = [];
    let got = 0;
    let expected = answer === 'response' ? 0 : answer;
    let head = '';
    let started = process.hrtime.bigint();
    socket.once('error', (error) => (latencies.length > 0 ? resolve(latencies) : reject(error)));
    socket.once('close', () =>
      latencies.length > 0 ? resolve(latencies) : reject(new Error('closed before an answer')),
    );
    socket.on('data', (bytes: Buffer) => {
      got += bytes.length;
      if (expected === 0) {
        head += bytes.toString('latin1');
        expected = lengthOf(head);
      }
      if (expected === 0 || got < expected) return;
      latencies.push(Number(process.hrtime.bigint() - started) / 1000);
      if (latencies.length === count) {
        resolve(latencies);
        return;
      }
      got = 0;
      head = '';
      if (answer === 'response') expected = 0;
      started = process.hrtime.bigint();
      socket.write(message);
    });
    socket.write(message);
  });
}

/** Bytes of the whole response once its head is here (a 200 with a Content-Length), else 0. */
function lengthOf(head: string): number {
  const end = head.indexOf('\r\n\r\n');
  if (end < 0) return 0;
  const length = /\r\nContent-Length: *(\d+)/i.exec(head.slice(0, end))?.[1];
  if (!/^HTTP\/1\.[01] 200 /.test(head) || length === undefined)
    throw new Error(`unexpected answer: ${head.slice(0, 300)}`);
  return end + 4 + Number(length);
}

/** `job.count` bytes, half of them up and half down, over `job.width` tunnels. */
async function relay(job: Job): Promise<number[]> {
  const each = Math.floor(job.count / job.width);
  await Promise.all(
    Array.from({ length: job.width }, async (_, lane) => {
      const socket = await tunnel(job.proxy, job.target);
      await (lane % 2 === 0 ? download(socket, each) : upload(socket, each));
    }),
  );
  return [];
}

async function download(socket: Socket, size: number): Promise<void> {
  let got = 0;
  socket.on('data', (bytes: Buffer) => (got += bytes.length));
  socket.write(`D${size}\n`);
  await once(socket, 'end');
  if (got !== size) throw new Error(`got ${got} of ${size} bytes`);
}

async function upload(socket: Socket, size: number): Promise<void> {
  const block = Buffer.alloc(256 * 1024, 'u');
  const answered = once(socket, 'data');
  socket.write(`U${size}\n`);
  for (let left = size; left > 0; left -= block.length) {
    if (!socket.write(left < block.length ? block.subarray(0, left) : block)) await once(socket, 'drain');
  }
  await answered;
  socket.end();
}

/**
 * Holds tunnels: a fifth of them first, says so and waits for a word on standard input, then the others, says so again,
 * and holds all until standard input ends.
 */
async function hold(job: Job): Promise<number[]> {
  const held: Socket[] = [];
  const words = process.stdin.resume();
  const open = async (count: number): Promise<void> => {
    await spread({ ...job, count }, async () => {
      held.push(await tunnel(job.proxy, job.target));
      return 0;
    });
    process.stdout.write('held\n');
  };
  const goOn = once(words, 'data');
  const over = once(words, 'end');
  await open(firstOf(job.count));
  await goOn;
  await open(job.count - firstOf(job.count));
  await over;
  for (const socket of held) socket.destroy();
  return [];
}

/** Runs `act` `job.count` times, `job.width` at a time. */
async function spread(job: Job, act: () => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  let left = job.count;
  const lane = async (): Promise<void> => {
    while (left-- > 0) results.push(await act());
  };
  await Promise.all(Array.from({ length: job.width }, lane));
  return results;
}

const KINDS = { setUp, roundTrips, forward, relay, hold } satisfies Record<
  Job['kind'],
  (job: Job) => Promise<number[]>
>;

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
const started = process.hrtime.bigint();
const latencies = (await KINDS[job.kind](job)).sort((a, b) => a - b);
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
const outcome: Outcome = { seconds, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
process.stdout.write(`${JSON.stringify(outcome)}\n`);
process.exit(0);
