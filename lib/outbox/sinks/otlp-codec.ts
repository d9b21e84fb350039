import type { SenderIdentity } from '../receivers/index.js';
import { isObject } from '../../system/values/index.js';
import type { SinkRecord } from './sink.js';

/** How requests are written: OTLP/HTTP has both. */
export type OtlpEncoding = 'protobuf' | 'json';

/** What a receiver reports about a request that it accepted in part: ExportLogsServiceResponse.partial_success. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

/** Writes requests and reads responses of OTLP's logs service. */
export interface OtlpCodec {
  readonly contentType: string;
  /** Writes records as one request: one resource (this tidegate), one scope, one log record each. */
  readonly encode: (records: readonly SinkRecord[]) => Uint8Array;
  /** Reads a response. An empty one is full success. */
  readonly decode: (body: Buffer) => PartialSuccess | 'malformed';
}

/** Loads the codec; OpenTelemetry's packages take 15 MB, which only instances with such a sink pay. */
export async function loadOtlpCodec(encoding: OtlpEncoding, { version, host }: SenderIdentity): Promise<OtlpCodec> {
  const { SeverityNumber } = await import('@opentelemetry/api-logs');
  const { JsonLogsSerializer, ProtobufLogsSerializer } = await import('@opentelemetry/otlp-transformer');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const resource = resourceFromAttributes({
    'service.name': 'tidegate',
    'service.version': version,
    'host.name': host,
  });
  // Log records are grouped by the identity of the resource and the scope.
  const shared = {
    ...{ resource, instrumentationScope: { name: 'tidegate.audit', version } },
    ...{ severityNumber: SeverityNumber.INFO, severityText: 'INFO', droppedAttributesCount: 0 },
  };
  const serializer = encoding === 'json' ? JsonLogsSerializer : ProtobufLogsSerializer;
  return {
    contentType: encoding === 'json' ? 'application/json' : 'application/x-protobuf',
    encode: (records) => {
      const request = serializer.serializeRequest(records.map((record) => ({ ...shared, ...logRecord(record) })));
      // An empty request would be accepted.
      if (request === undefined) throw new Error('the records could not be encoded');
      return request;
    },
    decode: (body) => {
      try {
        // OpenTelemetry's JSON reader takes anything that is not JSON, such as a gateway's page, for full success.
        const parseJson = (): unknown => (body.length === 0 ? {} : JSON.parse(body.toString()));
        return partialSuccessIn(encoding === 'json' ? parseJson() : ProtobufLogsSerializer.deserializeResponse(body));
      } catch {
        return 'malformed';
      }
    },
  };
}

function logRecord({ seq, id, time, kind, boot, text }: SinkRecord) {
  const ms = Date.parse(time);
  const hrTime: [number, number] = [Math.floor(ms / 1_000), (ms % 1_000) * 1_000_000];
  return {
    hrTime,
    hrTimeObserved: hrTime,
    body: text,
    eventName: `tidegate.${kind}`,
    attributes: { 'log.record.uid': id, 'tidegate.seq': seq, 'tidegate.boot': boot },
  };
}

function partialSuccessIn(response: unknown): PartialSuccess | 'malformed' {
  if (!isObject(response)) return 'malformed';
  const { partialSuccess = {} } = response;
  if (!isObject(partialSuccess)) return 'malformed';
  // An int64 is a string in protobuf's JSON.
  const rejected = Number(partialSuccess['rejectedLogRecords'] ?? 0);
  const message = partialSuccess['errorMessage'] ?? '';
  return Number.isNaN(rejected) || typeof message !== 'string' ? 'malformed' : { rejected, message };
}
