/** The header of a syslog message (RFC 5424 §6.2). Characters of its names that are not printable ASCII become `_`. */
export interface SyslogHeader {
  readonly facility: number;
  readonly severity: number;
  /** UTC, as `2026-01-31T23:59:59.999Z`. */
  readonly time: string;
  readonly host: string;
  readonly app: string;
  /** PROCID, such as a process id. */
  readonly process: string;
  readonly messageId: string;
}

/** Encodes one message (RFC 5424). The text is not escaped; it is ASCII, so it needs no byte order mark. */
export function syslogMessage(header: SyslogHeader, text: string): Buffer {
  const { facility, severity, time, host, app, process, messageId } = header;
  const fields = [
    `<${facility * 8 + severity}>1`,
    time,
    name(host, 255),
    name(app, 48),
    name(process, 128),
    name(messageId, 32),
    // No structured data: its names need a registered enterprise number (RFC 5424 §7.2.2).
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
