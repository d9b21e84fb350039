import { FrameSender, type ReceiverParts, syslogMessage } from '../receivers/index.js';
import type { Sink, SinkRecord } from './sink.js';

/** Which receiver, and the header of its messages. */
export interface SyslogTarget {
  readonly use: 'syslog';
  readonly host: string;
  readonly port: number;
  readonly facility: number;
  readonly app: string;
}

const INFORMATIONAL = 6;
/** Longer than even a busy receiver keeps what it has read in memory. */
const SETTLE_MS = 10_000;

/**
 * Sends records as RFC 5424 messages over TCP or TLS. Never over UDP, where losses go unnoticed.
 *
 * A receiver that is killed loses what it has read and not yet stored, and the protocol does not report storage: so the
 * records of the last ten seconds are sent again when the receiver goes away.
 */
export function createSyslogSink(
  target: SyslogTarget,
  { from, trust, timeoutMs, lookup }: ReceiverParts,
  onLost: () => void,
  severity = INFORMATIONAL,
): Sink {
  const { host, port, facility, app } = target;
  const frames = new FrameSender({ host, port, lookup, trust, timeoutMs, onLost });
  const messageOf = ({ time, kind, boot, text }: SinkRecord): Buffer =>
    syslogMessage({ facility, severity, time, host: from.host, app, process: boot, messageId: kind }, text);
  return {
    settleMs: SETTLE_MS,
    send: (records, signal) => frames.send(records.map(messageOf), signal),
    close: () => {
      frames.close();
      return Promise.resolve();
    },
  };
}
