import type { SenderIdentity, SinkRecord } from './sink.js';

/*
 * ExportLogsServiceRequest of OTLP 1.x in protobuf's wire format, with no more of it than is needed: length-delimited fields
 * (wire type 2), varints (0) and 64-bit values (1). Field numbers are those of opentelemetry/proto/{collector/,}logs/v1,
 * common/v1 and resource/v1.
 */

const INFO = 9;

/** Writes records as one request: one resource (this tidegate), one scope, one log record each. */
export function otlpRequest(records: readonly SinkRecord[], { version, host }: SenderIdentity): Buffer {
  const resource = [
    ['service.name', 'tidegate'] as const,
    ['service.version', version] as const,
    ['host.name', host] as const,
  ];
  const scope = bytes(1, Buffer.concat([text(1, 'tidegate.audit'), text(2, version)]));
  const logs = records.map((each) => bytes(2, record(each)));
  const resourceLogs = Buffer.concat([
    bytes(1, Buffer.concat(resource.map(([key, value]) => attribute(1, key, text(1, value))))),
    bytes(2, Buffer.concat([scope, ...logs])),
  ]);
  return bytes(1, resourceLogs);
}

function record({ seq, id, time, kind, boot, text: body }: SinkRecord): Buffer {
  const nanoseconds = BigInt(Date.parse(time)) * 1_000_000n;
  return Buffer.concat([
    fixed64(1, nanoseconds),
    varint(2, INFO),
    text(3, 'INFO'),
    bytes(5, text(1, body)),
    attribute(6, 'log.record.uid', text(1, id)),
    attribute(6, 'tidegate.seq', varint(3, seq)),
    attribute(6, 'tidegate.boot', text(1, boot)),
    fixed64(11, nanoseconds),
    text(12, `tidegate.${kind}`),
  ]);
}

/** A KeyValue: `value` is the field of an AnyValue. */
function attribute(field: number, key: string, value: Buffer): Buffer {
  return bytes(field, Buffer.concat([text(1, key), bytes(2, value)]));
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value, 'utf8'));
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([tag(field, 2), base128(BigInt(value.length)), value]);
}

function varint(field: number, value: number): Buffer {
  return Buffer.concat([tag(field, 0), base128(BigInt(value))]);
}

function fixed64(field: number, value: bigint): Buffer {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64LE(value);
  return Buffer.concat([tag(field, 1), eight]);
}

function tag(field: number, wireType: number): Buffer {
  return base128(BigInt(field * 8 + wireType));
}

function base128(value: bigint): Buffer {
  const groups: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...groups, Number(rest)]);
}

/** What a receiver says of a request that it took in part: ExportLogsServiceResponse.partial_success. */
export interface PartialSuccess {
  readonly rejected: bigint;
  readonly message: string;
}

/** Reads ExportLogsServiceResponse, or tells that it is none. An empty one is full success. */
export function readOtlpResponse(body: Buffer): PartialSuccess | 'malformed' {
  const outer = fieldsOf(body);
  const partial = outer === 'malformed' ? outer : fieldsOf(bytesOf(outer.get(1)));
  if (partial === 'malformed') return 'malformed';
  const rejected = partial.get(1) ?? 0n;
  return { rejected: typeof rejected === 'bigint' ? rejected : 0n, message: bytesOf(partial.get(2)).toString('utf8') };
}

type Field = bigint | Buffer;

function bytesOf(field: Field | undefined): Buffer {
  return Buffer.isBuffer(field) ? field : Buffer.alloc(0);
}

/** The fields of a message; of one that is repeated, the last. */
function fieldsOf(message: Buffer): ReadonlyMap<number, Field> | 'malformed' {
  const fields = new Map<number, Field>();
  let at = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('cut off');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('too long');
  };
  const take = (size: number): Buffer => {
    if (at + size > message.length) throw new RangeError('cut off');
    return message.subarray(at, (at += size));
  };
  try {
    while (at < message.length) {
      const key = Number(next());
      const read = { 0: next, 1: () => take(8), 2: () => take(Number(next())), 5: () => take(4) }[key % 8];
      if (read === undefined) return 'malformed';
      fields.set(Math.floor(key / 8), read());
    }
    return fields;
  } catch {
    return 'malformed'; // The only errors are those thrown above.
  }
}
