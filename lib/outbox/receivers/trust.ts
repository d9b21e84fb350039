import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorMessage } from '../../system/index.js';

/** The authorities that a TLS connection trusts, and its own identity; the files are PEM. */
export interface TrustFiles {
  /** Certificates to trust instead of those that come with Node. */
  readonly caFile: string | 'none';
  /** The certificate, with its chain, and its key, to be shown to the receiver. */
  readonly identity: { readonly certFile: string; readonly keyFile: string } | 'none';
  /** The name that the receiver's certificate must have, where it is not the host that is dialled. */
  readonly serverName: string | 'host';
}

/** The same, read. The receiver is always verified: there is no way to say otherwise. */
export interface Trust {
  readonly kind: 'trust';
  /** As Node's `tls` takes it. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string; readonly servername?: string };
}

/** Reads the files and sees that they hold what they should, or says which does not. */
export async function readTrust(
  files: TrustFiles,
): Promise<Trust | { readonly kind: 'problem'; readonly detail: string }> {
  try {
    const tls = {
      ...(files.caFile === 'none' ? {} : { ca: await certificatesIn(files.caFile) }),
      ...(files.identity === 'none'
        ? {}
        : { cert: await certificatesIn(files.identity.certFile), key: await keyIn(files.identity.keyFile) }),
      ...(files.serverName === 'host' ? {} : { servername: files.serverName }),
    };
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
