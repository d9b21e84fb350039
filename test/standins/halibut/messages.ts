/**
 * Halibut's messages: BSON inside raw deflate, with .NET type names where the declared type is open, and data streams
 * behind them. Learned from the public source (`Transport/Protocol/MessageSerializer.cs`, `MessageExchangeStream.cs`).
 */
import { createHash, randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { Binary, deserialize, serialize } from 'bson';
import type { ByteReader } from './byte-reader.js';
import { DotnetException } from './exceptions.js';

/** Bytes beside a message: a parameter or a result that is too large to be packed into it. */
export class DataStream {
  readonly id: Buffer;
  readonly length: number;
  /** What is sent, piece by piece. */
  readonly content: Iterable<Buffer>;
  /** SHA-256 of what was received, hex. */
  digest: string | 'nothing received' = 'nothing received';
  constructor(length: number, content: Iterable<Buffer>, id = randomBytes(16)) {
    this.length = length;
    this.content = content;
    this.id = id;
  }
}

/** A value in a message: what JSON has, and data streams. */
export type Value = string | number | boolean | null | DataStream | Readonly<Record<string, unknown>>;

/** A call, as it travels. `endpoint` is what Halibut writes of where it goes. */
export interface Request {
  readonly id: string;
  readonly activityId: Buffer;
  readonly endpoint: Readonly<Record<string, unknown>>;
  readonly service: string;
  readonly method: string;
  readonly params: readonly Value[];
}

/** An answer: a result, or the message of the exception that was met. */
export interface Response {
  readonly id: string;
  readonly error: string | 'none';
  readonly result: Value;
}

const GUID = Binary.SUBTYPE_UUID;

/** The pieces of a request, each of which Halibut hands to TLS in a write of its own. */
export function* packRequest(request: Request): Generator<Buffer> {
  const { id, activityId, endpoint, service, method, params } = request;
  yield pack({
    $type: 'Halibut.Transport.Protocol.RequestMessage, Halibut',
    id,
    activityId: new Binary(activityId, GUID),
    endpoint,
    service,
    method,
    params: params.map(packValue),
  });
  yield* packStreams(params);
}

/** The pieces of an answer. */
export function* packResponse({ id, error, result }: Response): Generator<Buffer> {
  yield pack({
    $type: 'Halibut.Transport.Protocol.ResponseMessage, Halibut',
    id,
    error: error === 'none' ? null : { message: error, details: `System.Exception: ${error}`, HalibutErrorType: null },
    result: packValue(result),
  });
  yield* packStreams([result]);
}

/** What a listening server sends a poller that it has no work for. */
export function packNothing(): Buffer {
  return pack(null);
}

function pack(message: unknown): Buffer {
  return deflateRawSync(serialize({ Message: message }, { ignoreUndefined: true }));
}

function packValue(value: Value): unknown {
  if (!(value instanceof DataStream)) return value;
  return { $type: 'Halibut.DataStream, Halibut', id: new Binary(value.id, GUID), length: BigInt(value.length) };
}

function* packStreams(values: readonly Value[]): Generator<Buffer> {
  for (const value of values) {
    if (!(value instanceof DataStream)) continue;
    const length = Buffer.alloc(8);
    length.writeBigInt64LE(BigInt(value.length));
    yield value.id;
    yield length;
    yield* value.content;
    yield length;
  }
}

/** Reads a request; `none` for a poller's empty turn, and where the connection ended instead. */
export async function readRequest(from: ByteReader, ms: number): Promise<Request | 'none'> {
  const message = await readMessage(from, ms);
  if (message === 'none') return message;
  const params = Array.isArray(message['params']) ? message['params'].map(readValue) : [];
  await readStreams(from, ms, params);
  const { activityId, endpoint } = message;
  return {
    id: String(message['id']),
    activityId: activityId instanceof Binary ? Buffer.from(activityId.buffer) : Buffer.alloc(16),
    endpoint: isRecord(endpoint) ? endpoint : {},
    service: String(message['service']),
    method: String(message['method']),
    params,
  };
}

/** Reads the answer to a call. */
export async function readResponse(from: ByteReader, ms: number): Promise<Response> {
  const message = await readMessage(from, ms);
  if (message === 'none') {
    throw new DotnetException(
      'Halibut.HalibutClientException',
      'No response was received from the endpoint within the allowed time.',
    );
  }
  const result = readValue(message['result']);
  await readStreams(from, ms, [result]);
  const { error } = message;
  return { id: String(message['id']), error: isRecord(error) ? String(error['message']) : 'none', result };
}

async function readMessage(from: ByteReader, ms: number): Promise<Record<string, unknown> | 'none'> {
  const packed = await from.deflated(ms);
  if (packed === 'ended') return 'none';
  const { Message: message }: Record<string, unknown> = deserialize(packed, { promoteBuffers: false });
  return isRecord(message) ? message : 'none';
}

function readValue(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (!isRecord(value)) return null;
  const { $type: type, id, length } = value;
  if (!String(type).startsWith('Halibut.DataStream,')) return value;
  return new DataStream(Number(length), [], id instanceof Binary ? Buffer.from(id.buffer) : Buffer.alloc(16));
}

async function readStreams(from: ByteReader, ms: number, values: readonly Value[]): Promise<void> {
  const expected = values.filter((value) => value instanceof DataStream);
  for (let left = expected.length; left > 0; left--) {
    const id = await from.bytes(16, ms);
    const length = Number((await from.bytes(8, ms)).readBigInt64LE());
    const stream = expected.find((each) => each.id.equals(id));
    if (stream === undefined) throw new Error('Unexpected stream!');
    const hash = createHash('sha256');
    await from.pass(length, ms, (piece) => void hash.update(piece));
    stream.digest = hash.digest('hex');
    const again = Number((await from.bytes(8, ms)).readBigInt64LE());
    if (again !== length) {
      throw new DotnetException(
        'Halibut.Transport.Protocol.ProtocolException',
        `Data stream size mismatch detected. Expected length: ${length}, Actual length claimed at end: ${again}.`,
      );
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Binary);
}
