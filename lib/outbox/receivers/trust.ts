import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorMessage } from '../../system/index.js';

/** The PEM files of a TLS connection: the authorities it trusts, and its client certificate. */
export interface TrustFiles {
  /** Certificate authorities that replace those of Node. */
  readonly caFile: string | 'none';
  /** The client certificate, with its chain, and its private key. */
  readonly identity: { readonly certFile: string; readonly keyFile: string } | 'none';
  /** The name that the receiver's certificate must have; `'host'`: that of the host that is dialled. */
  readonly serverName: string | 'host';
}

/** The contents of these files. The receiver's certificate is always verified; no option disables that. */
export interface Trust {
  readonly kind: 'trust';
  /** Options of Node's `tls.connect`. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string };
}

/** Reads and checks the files; the problem names the file that is at fault. */
export async function readTrust({
  caFile,
  identity,
  serverName,
}: TrustFiles): Promise<Trust | { readonly kind: 'problem'; readonly detail: string }> {
  try {
    const tls: { -readonly [Option in keyof Trust['tls']]: Trust['tls'][Option] } = {};
    if (caFile !== 'none') tls.ca = await certificatesIn(caFile);
    if (identity !== 'none') {
      tls.cert = await certificatesIn(identity.certFile);
      tls.key = await keyIn(identity.keyFile);
    }
    if (serverName !== 'host') tls.servername = serverName;
    return { kind: 'trust', tls };
  } catch (error) {
    return { kind: 'problem', detail: errorMessage(error) };
  }
}

async function certificatesIn(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  const found = text.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error(`${path} holds no certificate in PEM`);
  try {
    for (const each of found) new X509Certificate(each);
  } catch {
    throw new Error(`${path} holds a certificate that cannot be read`);
  }
  return text;
}

async function keyIn(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  try {
    createPrivateKey(text);
  } catch {
    throw new Error(`${path} holds no private key in PEM without a password`);
  }
  return text;
}
