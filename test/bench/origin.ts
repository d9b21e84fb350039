/**
 * The servers behind the proxies, as a process of its own so that its CPU is nobody's. Prints their ports as one line of
 * JSON, and ends when its standard input does.
 *
 * `echo` gives back what it gets. `bulk` reads a first line, `D<bytes>` or `U<bytes>`, and sends or takes so many bytes.
 * `http` answers each request head with 1 KiB, keeping the connection.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** The ports that the origin process prints. */
export interface OriginPorts {
  readonly echo: number;
  readonly bulk: number;
  readonly http: number;
}

const BODY = Buffer.alloc(1024, 'x');
const ANSWER = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${BODY.length}\r\n\r\n`),
  BODY,
]);
const BLOCK = Buffer.alloc(256 * 1024, 'b');

function echo(socket: Socket): void {
  socket.pipe(socket);
}

function http(socket: Socket): void {
  let pending = '';
  socket.on('data', (bytes: Buffer) => {
    pending += bytes.toString('latin1');
    for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
      pending = pending.slice(end + 4);
      socket.write(ANSWER);
    }
  });
}

function bulk(socket: Socket): void {
  socket.once('data', (bytes: Buffer) => {
    const end = bytes.indexOf(10);
    const [way, size] = [bytes[0], Number(bytes.subarray(1, end).toString('latin1'))];
    if (way === 'D'.charCodeAt(0)) pour(socket, size);
    else swallow(socket, size - (bytes.length - end - 1));
  });
}

function pour(socket: Socket, size: number): void {
  let left = size;
  const more = (): void => {
    while (left > 0) {
      const block = left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK;
      left -= block.length;
      if (!socket.write(block)) {
        socket.once('drain', more);
        return;
      }
    }
    socket.end();
  };
  more();
}

function swallow(socket: Socket, size: number): void {
  let left = size;
  socket.on('data', (bytes: Buffer) => {
    left -= bytes.length;
    if (left <= 0) socket.end('k');
  });
}

function listen(serve: (socket: Socket) => void): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  return new Promise((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
      const address: AddressInfo | string | null = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
    });
  });
}

const ports: OriginPorts = { echo: await listen(echo), bulk: await listen(bulk), http: await listen(http) };
process.stdout.write(`${JSON.stringify(ports)}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
