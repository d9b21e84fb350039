/** The descriptions of alerts by their numbers (RFC 8446 §6, and those that RFC 5246 §7.2 and RFC 7301 §3.2 had before). */
const DESCRIPTIONS = {
  close_notify: 0,
  unexpected_message: 10,
  bad_record_mac: 20,
  decryption_failed: 21,
  record_overflow: 22,
  decompression_failure: 30,
  handshake_failure: 40,
  no_certificate: 41,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_revoked: 44,
  certificate_expired: 45,
  certificate_unknown: 46,
  illegal_parameter: 47,
  unknown_ca: 48,
  access_denied: 49,
  decode_error: 50,
  decrypt_error: 51,
  export_restriction: 60,
  protocol_version: 70,
  insufficient_security: 71,
  internal_error: 80,
  inappropriate_fallback: 86,
  user_canceled: 90,
  no_renegotiation: 100,
  missing_extension: 109,
  unsupported_extension: 110,
  certificate_unobtainable: 111,
  unrecognized_name: 112,
  bad_certificate_status_response: 113,
  bad_certificate_hash_value: 114,
  unknown_psk_identity: 115,
  certificate_required: 116,
  no_application_protocol: 120,
  ech_required: 121,
} as const;

/** What an alert says, in the words of RFC 8446 §6. */
export type AlertDescription = keyof typeof DESCRIPTIONS;

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(DESCRIPTIONS).map(([name, code]) => [code, name]));

const FATAL = 2;
/** The second half of the version of a record; TLS 1.3 writes that of 1.2. */
const RECORD_VERSIONS: Readonly<Partial<Record<string, number>>> = { SSLv3: 0, TLSv1: 1, 'TLSv1.1': 2 };

/**
 * Writes a fatal alert as a record, before anything is encrypted. `version` is what the server chose: once the client has
 * the server's answer, it takes records of that version only. Before, any will do.
 */
export function alert(description: AlertDescription, version = 'TLSv1.2'): Buffer {
  return Buffer.from([0x15, 3, RECORD_VERSIONS[version] ?? 3, 0, 2, FATAL, DESCRIPTIONS[description]]);
}

/** The description of an alert by its number; `alert_N` for one that has no name here. */
export function describeAlert(code: number): string {
  return NAMES.get(code) ?? `alert_${code}`;
}
