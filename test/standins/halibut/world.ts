/** What tests of Halibut stand on: a server, a Tentacle that trusts it, and what they say to each other. */
import { createHash, randomBytes } from 'node:crypto';
import type { ExecutionContext } from 'ava';
import { makeTentacleCertificate } from '../../fixtures/certificate.js';
import { PLATFORM, type EndPoint, type Platform } from './connection.js';
import type { ProxyDetails } from './http-proxy-client.js';
import { DataStream, type Value } from './messages.js';
import { HalibutService, type Methods } from './service.js';

/** The two who know each other's thumbprints; made once, since RSA keys take their time. */
export const OCTOPUS = makeTentacleCertificate('Octopus Portal');
export const TENTACLE = makeTentacleCertificate('Octopus Tentacle');

/** 100 MB, as a package that is deployed. */
export const PACKAGE_SIZE = 100_000_000;

/** So many bytes that no compression shortens, and their digest; `again` sends the same. */
export function someBytes(size: number): { readonly digest: string; readonly again: () => DataStream } {
  const block = randomBytes(1_000_000);
  function* content(): Generator<Buffer> {
    for (let left = size; left > 0; left -= block.length) yield block.subarray(0, Math.min(left, block.length));
  }
  const hash = createHash('sha256');
  for (const piece of content()) hash.update(piece);
  return { digest: hash.digest('hex'), again: () => new DataStream(size, content()) };
}

const PACKAGE = someBytes(PACKAGE_SIZE);

/** What {@link tentacle} can do. */
const METHODS: Methods = {
  'IEcho.Say': (text = null) => `${shown(text)}...`,
  'IEcho.Digest': (stream = null) => (stream instanceof DataStream ? stream.digest : 'no stream'),
  'IEcho.Package': () => PACKAGE.again(),
  'IEcho.PackageDigest': () => PACKAGE.digest,
  'IEcho.Fail': () => {
    throw new Error('the disk of the target is full');
  },
};

function shown(value: Value): string {
  if (value instanceof DataStream) return value.digest;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A Listening Tentacle that trusts {@link OCTOPUS}, or whom else it is told to, and stops with its test. */
export async function tentacle(
  t: ExecutionContext,
  { platform = PLATFORM, trusted = [OCTOPUS.thumbprint] }: { platform?: Platform; trusted?: readonly string[] } = {},
): Promise<HalibutService> {
  const service = await HalibutService.listen({ certificate: TENTACLE, trusted, methods: METHODS, platform });
  t.teardown(() => service.stop());
  return service;
}

/** The way to {@link tentacle}. */
export function wayTo(host: string, port: number, proxy: ProxyDetails | 'none' = 'none'): EndPoint {
  return { host, port, thumbprint: TENTACLE.thumbprint, proxy };
}
