import { createFrameSender, syslogMessage, type Trust } from '../receivers/index.js';
import type { SenderIdentity, SinkRecord, Sink } from './sink.js';

/** Which receiver, and what its messages say of us. */
export interface SyslogTarget {
  readonly use: 'syslog';
  readonly host: string;
  readonly port: number;
  readonly facility: number;
  readonly app: string;
}

const INFORMATIONAL = 6;
/** Longer than a receiver keeps in memory what it has read, even a busy one. */
const SETTLE_MS = 10_000;

/**
 * Sends records as RFC 5424 messages over TCP or TLS. Never over UDP, where nobody learns what was lost.
 *
 * A receiver that is killed loses what it has read and not yet stored, and the protocol has no word for "stored": so what
 * it took within the last ten seconds is sent again when it goes away.
 */
export function createSyslogSink(
  target: SyslogTarget,
  from: SenderIdentity,
  trust: Trust | 'plain',
  timeoutMs: number,
  onLost: () => void,
): Sink {
  const { host, port } = target;
  const frames = createFrameSender({ host, port, trust, timeoutMs, onLost });
  return {
    settleMs: SETTLE_MS,
    send: (records, signal) =>
      frames.send(
        records.map((each) => messageOf(each, target, from)),
        signal,
      ),
    close: () => {
      frames.close();
      return Promise.resolve();
    },
  };
}

function messageOf(
  { time, kind, boot, text }: SinkRecord,
  { facility, app }: SyslogTarget,
  { host }: SenderIdentity,
): Buffer {
  return syslogMessage({ facility, severity: INFORMATIONAL, time, host, app, process: boot, messageId: kind }, text);
}
