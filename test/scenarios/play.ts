import { rawClient, type RawClient } from '../fixtures/raw-client.js';
import { helloWith, serverName } from '../protocol/tls/bytes.js';

/** What a client got, in the order it came: whole messages, bytes of a tunnel, and how a connection ended. */
export type Got =
  | { readonly kind: 'message'; readonly head: string; readonly body: string }
  | { readonly kind: 'bytes'; readonly text: string }
  | { readonly kind: 'mark'; readonly text: string }
  | { readonly kind: 'output'; readonly text: string };

/** Runs a command of tidegate, with single quotes around words with spaces, and gives what it printed. */
export type RunCommand = (line: string) => Promise<string>;

/**
 * Plays a scenario's client section. Each line is sent with CRLF, all lines up to the next mark in one write. Marks:
 * `[pause]` ends a write; `[reply]` reads one message (also at the end, if anything was sent since the last); `[read N]`
 * reads N bytes of a tunnel; `[raw TEXT]` sends without CRLF, JSON escapes allowed; `[tls-hello NAME...]` sends the hello of
 * a TLS client that asks for these names, `[tls-hello]` one that asks for none; `[new connection]`; `[half-close]`; `[reset]`;
 * `[end]` reads until the proxy ends the connection; `[tidegate COMMAND]` is what an operator does meanwhile; `[enforce]` sets
 * the policies to enforce.
 */
export async function play(
  section: string,
  port: number,
  command: RunCommand,
  enforce: () => Promise<void>,
): Promise<Got[]> {
  const player = new Player(port, await rawClient(port), command, enforce);
  try {
    for (const line of section.split('\n').slice(0, -1)) {
      const mark = /^\[([a-z-]+)(?: (.*))?\]$/.exec(line);
      if (mark === null) player.line(line);
      else await player.act(mark[1] ?? '', mark[2] ?? '');
    }
    await player.finish();
    return player.got;
  } catch (cause) {
    throw new Error(`the client broke off, after ${JSON.stringify(player.got)}`, { cause });
  }
}

class Player {
  readonly got: Got[] = [];
  readonly #port: number;
  readonly #command: RunCommand;
  readonly #enforce: () => Promise<void>;
  #client: RawClient;
  #text = '';
  #asked = false;

  constructor(port: number, client: RawClient, command: RunCommand, enforce: () => Promise<void>) {
    this.#port = port;
    this.#command = command;
    this.#client = client;
    this.#enforce = enforce;
  }

  line(line: string): void {
    this.#text += `${line}\r\n`;
  }

  async act(mark: string, argument: string): Promise<void> {
    if (mark === 'raw') {
      this.#text += JSON.parse(`"${argument}"`) as string;
      return;
    }
    if (mark === 'tls-hello') {
      const names = argument.split(' ').filter((name) => name !== '');
      const hello =
        names.length === 0 ? helloWith() : helloWith(serverName(...names.map((name) => [0, name] as const)));
      this.#text += hello.toString('latin1');
      return;
    }
    await this.#flush();
    switch (mark) {
      case 'pause':
        return;
      case 'reply':
        await this.#read();
        return;
      case 'read':
        this.got.push({ kind: 'bytes', text: await this.#client.readBytes(Number(argument)) });
        this.#asked = false;
        return;
      case 'end': {
        const { text, ending } = await this.#client.readToEnd();
        if (text !== '') this.got.push({ kind: 'bytes', text });
        this.got.push({ kind: 'mark', text: `(${ending})` });
        this.#asked = false;
        return;
      }
      case 'half-close':
        this.#client.halfClose();
        return;
      case 'tidegate':
        this.got.push({ kind: 'mark', text: `(tidegate ${argument})` });
        this.got.push({ kind: 'output', text: await this.#command(argument) });
        return;
      case 'reset':
        this.#client.reset();
        this.#asked = false;
        return;
      case 'enforce':
        await this.#enforce();
        this.got.push({ kind: 'mark', text: '(enforced)' });
        return;
      case 'new':
        this.#client.close();
        this.#client = await rawClient(this.#port);
        this.got.push({ kind: 'mark', text: '(new connection)' });
        return;
      default:
        throw new Error(`no mark is called [${mark}]`);
    }
  }

  async finish(): Promise<void> {
    await this.#flush();
    if (this.#asked) await this.#read();
    this.#client.close();
  }

  async #flush(): Promise<void> {
    if (this.#text === '') return;
    await this.#client.send(this.#text, ''); // the empty piece waits a moment, so that the next write is one of its own
    this.#text = '';
    this.#asked = true;
  }

  async #read(): Promise<void> {
    const head = await this.#client.readHead();
    const length = Number(/\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1] ?? '0');
    const chunked = /\r\ntransfer-encoding: *chunked\r\n/i.test(head);
    const body = chunked ? await this.#client.readUntil('\r\n0\r\n\r\n') : await this.#client.readBytes(length);
    this.got.push({ kind: 'message', head, body });
    this.#asked = false;
  }
}
