/** What a ClientHello says that tells one TLS client from another, and that a proxy may look at. */
export interface Hello {
  readonly record: string;
  readonly serverName: string | 'none';
  readonly protocols: readonly string[] | 'none';
  readonly versions: readonly string[];
}

const VERSIONS: Readonly<Record<number, string>> = {
  0x301: 'TLS 1.0',
  0x302: 'TLS 1.1',
  0x303: 'TLS 1.2',
  0x304: 'TLS 1.3',
};
const [SERVER_NAME, PROTOCOLS, SUPPORTED_VERSIONS] = [0, 16, 43];

/** Reads a ClientHello that came in one piece (RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301 §3.1). */
export function readHello(bytes: Buffer): Hello {
  const record = `${bytes.readUInt8(0)} ${VERSIONS[bytes.readUInt16BE(1)] ?? 'unknown'}`;
  let at = 5 + 4 + 2 + 32; // record, handshake header, legacy version, random
  at += 1 + bytes.readUInt8(at); // session id
  at += 2 + bytes.readUInt16BE(at); // cipher suites
  at += 1 + bytes.readUInt8(at); // compression methods
  const extensions = new Map<number, Buffer>();
  for (let end = at + 2 + bytes.readUInt16BE(at), next = at + 2; next < end;) {
    const length = bytes.readUInt16BE(next + 2);
    extensions.set(bytes.readUInt16BE(next), bytes.subarray(next + 4, next + 4 + length));
    next += 4 + length;
  }
  return {
    record,
    serverName: extensions.get(SERVER_NAME)?.subarray(5).toString('latin1') ?? 'none',
    protocols: listOf(extensions.get(PROTOCOLS)),
    versions: versionsOf(extensions.get(SUPPORTED_VERSIONS)),
  };
}

function listOf(extension: Buffer | undefined): readonly string[] | 'none' {
  if (extension === undefined) return 'none';
  const names: string[] = [];
  for (let at = 2; at < extension.length; at += 1 + extension.readUInt8(at)) {
    names.push(extension.toString('latin1', at + 1, at + 1 + extension.readUInt8(at)));
  }
  return names;
}

function versionsOf(extension: Buffer | undefined): readonly string[] {
  const versions: string[] = [];
  for (let at = 1; at < (extension?.length ?? 0); at += 2) {
    versions.push(VERSIONS[extension?.readUInt16BE(at) ?? 0] ?? 'unknown');
  }
  return versions;
}
