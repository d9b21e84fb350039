import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import test from 'ava';
import { startOrigin, type Serve } from '../fixtures/origin.js';
import { startTidegate, type Tidegate } from '../fixtures/tidegate.js';
import { orHung, pause } from '../fixtures/waiting.js';

/*
 * A gigabyte each way, through tunnels and forwarded, between a side that is fast and one that stops again and again: the
 * product holds the fast side back, and its memory stays as it was. Linux only: the memory is read from /proc.
 */
const GIGABYTE = 1024 ** 3;
const BLOCK = Buffer.alloc(1024 ** 2, 'm');
/** What kernel buffers on the way, the product's own, and its collector's slack may come to. A leak would be a gigabyte. */
const ALLOWED = 160 * 1024 ** 2;

/** Writes so many bytes as fast as they are taken. */
async function pour(socket: Socket, size: number): Promise<void> {
  for (let left = size; left > 0; left -= BLOCK.length) {
    if (!socket.write(left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK)) {
      await new Promise((resolve) => socket.once('drain', resolve));
    }
  }
}

/** Reads so many bytes: stops for a while at first, and again for a moment every few megabytes. */
function sip(socket: Socket, size: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let got = 0;
    let untilPause = 0;
    const stop = (ms: number): void => {
      socket.pause();
      setTimeout(() => socket.resume(), ms);
    };
    socket.on('data', (bytes: Buffer) => {
      if (got === 0) stop(1000);
      got += bytes.length;
      untilPause += bytes.length;
      if (untilPause > 32 * BLOCK.length) {
        untilPause = 0;
        stop(20);
      }
      if (got >= size) resolve(got);
    });
    socket.once('close', () => reject(new Error(`closed after ${got} of ${size} bytes`)));
  });
}

/** Watches the product's memory until told to stop; tells the most it took above what it had. */
function watch(tidegate: Tidegate): () => number {
  const resident = (): number => Number(readFileSync(`/proc/${tidegate.pid}/statm`, 'latin1').split(' ')[1]) * 4096;
  const before = resident();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, resident())), 20);
  return () => {
    clearInterval(timer);
    return most - before;
  };
}

const HEAD_END = '\r\n\r\n';

/** Waits for the end of a head, and leaves nothing of it in the socket. */
function headOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const take = (bytes: Buffer): void => {
      text += bytes.toString('latin1');
      if (!text.includes(HEAD_END)) return;
      socket.off('data', take);
      resolve(text);
    };
    socket.on('data', take);
  });
}

interface Passage {
  readonly title: string;
  /** What the client asks of the proxy for a server on that port. */
  readonly request: (port: number) => string;
  /** What the server says before the bytes, when they are its own. */
  readonly answer: string;
  readonly way: 'up' | 'down';
}

const PASSAGES: readonly Passage[] = [
  { title: 'up a tunnel', request: connectTo, answer: '', way: 'up' },
  { title: 'down a tunnel', request: connectTo, answer: '', way: 'down' },
  {
    title: 'up, forwarded',
    request: (port) => `PUT http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${GIGABYTE}${HEAD_END}`,
    answer: '',
    way: 'up',
  },
  {
    title: 'down, forwarded',
    request: (port) => `GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: a${HEAD_END}`,
    answer: `HTTP/1.1 200 OK\r\nContent-Length: ${GIGABYTE}${HEAD_END}`,
    way: 'down',
  },
];

function connectTo(port: number): string {
  return `CONNECT 127.0.0.1:${port} HTTP/1.1\r\nHost: a:1${HEAD_END}`;
}

for (const { title, request, answer, way } of PASSAGES) {
  const declare = process.platform === 'linux' ? test.serial : test.serial.skip;
  declare(`a gigabyte ${title}, past a side that stops again and again, leaves the memory as it was`, async (t) => {
    const tidegate = await startTidegate();
    t.teardown(tidegate.discard);
    let taken: Promise<number> = Promise.resolve(0);
    const serve: Serve = ({ socket }) => {
      socket.removeAllListeners('data'); // the fixture would keep every byte
      if (way === 'up') taken = sip(socket, GIGABYTE);
      else socket.once('data', () => void send(socket));
    };
    const send = async (socket: Socket): Promise<void> => {
      socket.write(answer);
      await pour(socket, GIGABYTE);
    };
    const origin = await startOrigin(serve);
    t.teardown(origin.close);

    const client = connect({ port: tidegate.port, host: '127.0.0.1' });
    t.teardown(() => client.destroy());
    client.write(request(origin.port));
    const tunnel = request === connectTo;
    if (tunnel) await headOf(client);
    await pause(200); // what the start left behind is collected
    const stop = watch(tidegate);
    if (way === 'down') {
      if (tunnel) client.write('go');
      await orHung(sip(client, GIGABYTE), () => 'the download', 110_000);
    } else {
      await pour(client, GIGABYTE);
      await orHung(taken, () => 'the upload', 110_000);
    }
    const grown = stop();
    t.log(`grown by ${Math.round(grown / 1024 ** 2)} MiB at most`);
    t.true(grown < ALLOWED, `grown by ${Math.round(grown / 1024 ** 2)} MiB`);
  });
}
