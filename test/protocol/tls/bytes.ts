/** Parts of a ClientHello; each has a value that is right when it is left out. */
export interface HelloParts {
  readonly version?: number;
  readonly session?: Buffer;
  readonly suites?: Buffer;
  readonly compressions?: Buffer;
  readonly extensions?: readonly Buffer[] | 'none';
  /** Bytes after the last field. */
  readonly behind?: Buffer;
}

/** A vector after its length in `size` bytes. */
export function vector(size: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = Buffer.alloc(size);
  length.writeUIntBE(content.length, 0, size);
  return Buffer.concat([length, content]);
}

/** A number of two bytes. */
export function short(number: number): Buffer {
  return Buffer.from([number >> 8, number & 0xff]);
}

/** A handshake message. */
export function message(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type]), vector(3, body)]);
}

/** A record, of a handshake if nothing else is said. */
export function record(payload: Buffer, type = 22): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 1]), vector(2, payload)]);
}

/** An extension of a hello. */
export function extension(type: number, body: Buffer): Buffer {
  return Buffer.concat([short(type), vector(2, body)]);
}

/** A server_name extension of names, each with its type. */
export function serverName(...names: readonly (readonly [number, string])[]): Buffer {
  const entries = names.map(([type, name]) =>
    Buffer.concat([Buffer.from([type]), vector(2, Buffer.from(name, 'latin1'))]),
  );
  return extension(0, vector(2, ...entries));
}

/** A ClientHello message. */
export function helloMessage(parts: HelloParts = {}): Buffer {
  const { extensions = [] } = parts;
  return message(
    1,
    Buffer.concat([
      short(parts.version ?? 0x0303),
      Buffer.alloc(32, 7),
      vector(1, parts.session ?? Buffer.alloc(0)),
      vector(2, parts.suites ?? short(0xc02f)),
      vector(1, parts.compressions ?? Buffer.from([0])),
      extensions === 'none' ? Buffer.alloc(0) : vector(2, ...extensions),
      parts.behind ?? Buffer.alloc(0),
    ]),
  );
}

/** A ClientHello in one record. */
export function hello(parts: HelloParts = {}): Buffer {
  return record(helloMessage(parts));
}

/** A ClientHello with these extensions. */
export function helloWith(...extensions: readonly Buffer[]): Buffer {
  return hello({ extensions });
}
