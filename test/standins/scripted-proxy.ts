import { connect, createServer, type Socket } from 'node:net';

/** What a scripted proxy does with a CONNECT. */
export type Script =
  /** Answers with this text as it stands, and closes. */
  | { readonly kind: 'reply'; readonly text: string }
  /** Answers with this text and relays to a port of 127.0.0.1, whatever the CONNECT names. */
  | { readonly kind: 'tunnel'; readonly text: string; readonly to: number }
  /** Answers with this text as it stands, and breaks off at the client's next bytes, or at once where it is empty. */
  | { readonly kind: 'reset'; readonly text: string }
  /** Never answers. */
  | { readonly kind: 'silence' };

/** A good answer, as tidegate gives it. */
export const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** One request for a tunnel. Latin1 text: one character, one byte. */
export interface Asked {
  /** The head as it came, with its empty line. */
  readonly head: string;
  /** In how many pieces the head came. */
  readonly pieces: number;
  /** The first piece that the client sent into the tunnel. */
  first: Buffer;
}

/** A proxy for showing what a client does with answers that tidegate would never give, and what bytes it sends. */
export interface ScriptedProxy {
  readonly port: number;
  readonly asked: readonly Asked[];
  readonly stop: () => Promise<void>;
}

/** Starts one on a free port of 127.0.0.1. */
export async function startScriptedProxy(script: Script): Promise<ScriptedProxy> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket.once('close', () => sockets.delete(socket)));
    return socket.on('error', () => socket.destroy());
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    track(client);
    let [head, pieces] = ['', 0];
    const read = (bytes: Buffer): void => {
      head += bytes.toString('latin1');
      pieces++;
      if (!head.endsWith('\r\n\r\n')) return;
      client.off('data', read);
      const entry: Asked = { head, pieces, first: Buffer.alloc(0) };
      asked.push(entry);
      play(script, client, entry, track);
    };
    client.on('data', read);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    asked,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function play(script: Script, client: Socket, asked: Asked, track: (socket: Socket) => Socket): void {
  switch (script.kind) {
    case 'silence':
      return;
    case 'reply':
      client.end(Buffer.from(script.text, 'latin1'));
      return;
    case 'reset':
      if (script.text === '') client.resetAndDestroy();
      else client.once('data', () => client.resetAndDestroy()).write(Buffer.from(script.text, 'latin1'));
      return;
    case 'tunnel': {
      client.write(Buffer.from(script.text, 'latin1'));
      client.once('data', (first: Buffer) => (asked.first = first));
      const service = track(connect({ host: '127.0.0.1', port: script.to, noDelay: true, allowHalfOpen: true }));
      client.pipe(service).pipe(client);
    }
  }
}
