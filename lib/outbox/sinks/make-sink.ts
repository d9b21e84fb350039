import { createPoster, type LoadedTransport, type Poster, type Secret, type Trust } from '../receivers/index.js';
import { createFileSink, type FileTarget, Turns } from './file.js';
import { createOtlpSink, type OtlpTarget } from './otlp.js';
import type { SenderIdentity, Sink } from './sink.js';
import { createHecSink, type HecTarget } from './splunk-hec.js';
import { createSyslogSink, type SyslogTarget } from './syslog.js';
import { createWebhookSink, type WebhookTarget } from './webhook.js';
import { createWinstonSink, type WinstonTarget } from './winston.js';

/** Where a sink's records go, by what is used for it. */
export type SinkTarget = FileTarget | SyslogTarget | HecTarget | OtlpTarget | WebhookTarget | WinstonTarget;

/** What a sink needs besides its target: everything that was read, looked up or loaded for it. */
export interface SinkParts {
  readonly from: SenderIdentity;
  readonly timeoutMs: number;
  readonly trust: Trust | 'plain';
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: { readonly header: string; readonly before: string; readonly secret: Secret } | 'none';
  readonly loadTransport: () => Promise<LoadedTransport['transport']>;
}

/** Makes one sink; see {@link sinkMaker}. */
export type MakeSink = (target: SinkTarget, parts: SinkParts, onLost: () => void) => Sink;

/** Gives what makes the sinks of one instance. Nothing is dialled or opened before a sink's first record. */
export function sinkMaker(): MakeSink {
  const turns = new Turns();
  return (target, parts, onLost) => {
    const { from, timeoutMs, trust } = parts;
    switch (target.use) {
      case 'file':
        return createFileSink(target, turns, timeoutMs);
      case 'syslog':
        return createSyslogSink(target, from, trust, timeoutMs, onLost);
      case 'splunk-hec':
        return createHecSink(target, from, (path, headers) => posterOf(target.url, parts, path, headers), timeoutMs);
      case 'otlp':
        return createOtlpSink(target, from, posterOf(target.url, parts));
      case 'webhook':
        return createWebhookSink(target, posterOf(target.url, parts));
      case 'winston':
        return createWinstonSink(target, parts.loadTransport, timeoutMs);
    }
  };
}

function posterOf(
  url: string,
  { trust, headers, secret, timeoutMs }: SinkParts,
  path = '',
  more: Readonly<Record<string, string>> = {},
): Poster {
  return createPoster({
    url: new URL(path === '' ? url : `${url.replace(/\/$/, '')}${path}`),
    headers: { ...headers, ...more },
    secret,
    trust: trust === 'plain' ? { kind: 'trust', tls: {} } : trust,
    timeoutMs,
  });
}
