import protobuf from 'protobufjs';

/** The messages of opentelemetry-proto 1.x that a logs request may hold, as that project writes them, services and comments left out. */
const PROTO = `
syntax = "proto3";
package opentelemetry;
message ExportLogsServiceRequest { repeated ResourceLogs resource_logs = 1; }
message ExportLogsServiceResponse { ExportLogsPartialSuccess partial_success = 1; }
message ExportLogsPartialSuccess { int64 rejected_log_records = 1; string error_message = 2; }
message ResourceLogs { reserved 1000; Resource resource = 1; repeated ScopeLogs scope_logs = 2; string schema_url = 3; }
message ScopeLogs { InstrumentationScope scope = 1; repeated LogRecord log_records = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message InstrumentationScope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message LogRecord {
  reserved 4;
  fixed64 time_unix_nano = 1;
  fixed64 observed_time_unix_nano = 11;
  int32 severity_number = 2;
  string severity_text = 3;
  AnyValue body = 5;
  repeated KeyValue attributes = 6;
  uint32 dropped_attributes_count = 7;
  fixed32 flags = 8;
  bytes trace_id = 9;
  bytes span_id = 10;
  string event_name = 12;
}
message AnyValue {
  oneof value {
    string string_value = 1;
    bool bool_value = 2;
    int64 int_value = 3;
    double double_value = 4;
    ArrayValue array_value = 5;
    KeyValueList kvlist_value = 6;
    bytes bytes_value = 7;
  }
}
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
`;

const { root } = protobuf.parse(PROTO, { keepCase: true });
const REQUEST = root.lookupType('opentelemetry.ExportLogsServiceRequest');
const RESPONSE = root.lookupType('opentelemetry.ExportLogsServiceResponse');

/** One log record as another program reads it; long numbers are texts. */
export interface ReadLog {
  readonly time_unix_nano: string;
  readonly observed_time_unix_nano: string;
  readonly severity_number: number;
  readonly severity_text: string;
  readonly body: string;
  readonly event_name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly dropped_attributes_count: number;
}

/** A request as another program reads it. */
export interface ReadRequest {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: unknown;
  readonly logs: readonly ReadLog[];
}

/** Decodes a request. Throws unless every byte of it is a field of the schema, in the schema's order. */
export function decodeRequest(bytes: Uint8Array): ReadRequest {
  const message = REQUEST.decode(bytes);
  if (!Buffer.from(REQUEST.encode(message).finish()).equals(bytes))
    throw new Error('there is more in the request than its schema knows');
  const plain = REQUEST.toObject(message, { longs: String }) as Plain;
  const [resource, ...others] = plain.resource_logs;
  const [scope, ...otherScopes] = resource?.scope_logs ?? [];
  if (resource === undefined || scope === undefined || others.length + otherScopes.length > 0)
    throw new Error('not one resource with one scope');
  const logs = scope.log_records.map((log) => ({
    ...log,
    body: String(valueOf(log.body)),
    attributes: valuesOf(log.attributes),
  }));
  return { resource: valuesOf(resource.resource.attributes), scope: scope.scope, logs };
}

/** A response that says how many were rejected, and why. */
export function encodeResponse(rejected: number, message: string): Buffer {
  const partialSuccess = { rejected_log_records: rejected, error_message: message };
  return Buffer.from(
    RESPONSE.encode(RESPONSE.create(rejected === 0 ? {} : { partial_success: partialSuccess })).finish(),
  );
}

interface KeyValue {
  readonly key: string;
  readonly value: object;
}
interface Plain {
  readonly resource_logs: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scope_logs: readonly {
      readonly scope: unknown;
      readonly log_records: readonly (Omit<ReadLog, 'body' | 'attributes'> & {
        readonly body: object;
        readonly attributes: readonly KeyValue[];
      })[];
    }[];
  }[];
}

function valuesOf(pairs: readonly KeyValue[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, valueOf(value)]));
}

function valueOf(any: object): unknown {
  const [value] = Object.values(any) as unknown[];
  return value;
}
