/** What a syslog message says in addition to its text (RFC 5424 §6.2). Names that are not printable ASCII become `_`. */
export interface SyslogHeader {
  readonly facility: number;
  readonly severity: number;
  /** UTC, as `2026-01-31T23:59:59.999Z`. */
  readonly time: string;
  readonly host: string;
  readonly app: string;
  /** Which run of the application: its process id, say. */
  readonly process: string;
  readonly messageId: string;
}

/** Writes one message (RFC 5424). The text is taken as it is; ours is ASCII, so it has no byte order position. */
export function syslogMessage(header: SyslogHeader, text: string): Buffer {
  const { facility, severity, time, host, app, process, messageId } = header;
  const fields = [
    `<${facility * 8 + severity}>1`,
    time,
    name(host, 255),
    name(app, 48),
    name(process, 128),
    name(messageId, 32),
    // No structured data: its names belong to those who have registered a number.
    '-',
  ];
  return Buffer.from(`${fields.join(' ')} ${text}`, 'utf8');
}

/** Frames a message for a stream by octet counting (RFC 6587 §3.4.1, RFC 5425 §4.3). */
export function octetCounted(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `, 'latin1'), message]);
}

function name(text: string, most: number): string {
  const printable = text.replaceAll(/[^!-~]/g, '_').slice(0, most);
  return printable === '' ? '-' : printable;
}
