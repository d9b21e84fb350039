/**
 * What a Halibut does that a proxy can see, and what it tells its user: asked of the stand-in and of the real library by
 * the same questions, so that their answers can be compared. `behaviour.golden` holds what the real one answered.
 */
import { startScriptedProxy, ESTABLISHED, type Script } from '../scripted-proxy.js';
import { until } from '../../fixtures/waiting.js';
import { readHello, type Hello } from './hello.js';
import type { Request } from './messages.js';
import { HalibutService, type Visit } from './service.js';
import { TENTACLE } from './world.js';
import type { EndPoint } from './connection.js';
import type { ProxyDetails } from './http-proxy-client.js';

/** What a call or a discovery came to: a value, or the message of the exception. */
export type Told =
  { readonly kind: 'value'; readonly value: string } | { readonly kind: 'exception'; readonly message: string };

/** What every call says. */
export const SAID = 'call 0';

/** A Halibut that can be asked to go out. Its tries may follow each other at once. */
export interface Driver {
  /** SHA-1 of the certificate that it shows. */
  readonly thumbprint: string;
  /** Calls a method with the text {@link SAID}, which the service answers with that text and three full stops. */
  readonly say: (to: EndPoint) => Promise<Told>;
  readonly discover: (to: Omit<EndPoint, 'thumbprint'>) => Promise<Told>;
  /** Ends its idle connections. */
  readonly close: () => Promise<void>;
}

/** Answers by question; ports are written as words, since they differ from run to run. */
export type Behaviour = Readonly<Record<string, unknown>>;

/** Replies of a proxy, among them those that no good one gives. */
export const REPLIES: readonly string[] = [
  'HTTP/1.1 403 Egress denied: no rule allows this destination (attempt 7)\r\n\r\n',
  'HTTP/1.0 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n',
  'HTTP/1.1 403 \r\nX: y\r\n\r\n',
  'HTTP/1.1 403\r\n\r\n',
  'HTTP/1.1\r\n\r\n',
  'HTTP/1.1 201 Created\r\n\r\n',
  'HTTP/1.1  200 OK\r\n\r\n',
  'HTTP/1.1 +403 Plus\r\n\r\n',
  'HTTP/1.1 0 Odd\r\n\r\n',
  'HTTP/1.1 99999999999 Large\r\n\r\n',
  'HTTP/1.1 abc Odd\r\n\r\n',
  'ICY 200 OK\r\n\r\n',
  'HTTP/1.1 403 gro\xc3\x9f\r\n\r\n',
  'HTTP/1.1 403 a\nb\r\nX: y\r\n\r\n',
  'HTTP/1.1 502 Bad Gateway\r\n\r\n',
  'HTTP/1.1 503 Egress failed: the destination refused the connection (attempt 7)\r\n\r\n',
  '\r\n\r\n',
];

/** Asks everything. Each Halibut goes out from Linux with the limits it has by default. */
export async function observe(driver: Driver): Promise<Behaviour> {
  const replies: Record<string, unknown> = {};
  for (const text of REPLIES) replies[text] = await after(driver, { kind: 'reply', text });
  return {
    replies,
    'broken off before an answer': await after(driver, { kind: 'reset', text: '' }),
    'ended within the tunnel': await after(driver, { kind: 'reply', text: ESTABLISHED }),
    'broken off within the tunnel': await after(driver, { kind: 'reset', text: ESTABLISHED }),
    'nobody listens where the proxy should be': await withoutProxy(driver),
    'a discovery that is refused': await refusedDiscovery(driver),
    'by name': await inTunnel(driver, 'Tentacle.Test', {}),
    'by address': await inTunnel(driver, '127.0.0.1', {}),
    'by IPv6 address': await inTunnel(driver, '2001:DB8::5', {}),
    'with credentials': await inTunnel(driver, 'tentacle.test', { userName: 'spaces-1.production', password: 'p:w' }),
    'with a blank user': await inTunnel(driver, 'tentacle.test', { userName: ' ', password: 'x' }),
    'with letters beyond ASCII': await inTunnel(driver, 'tentacle.test', { userName: 'Ünal', password: 'ß' }),
    'another certificate': await otherCertificate(driver),
    'not trusted': await notTrusted(driver),
    'a kept connection that broke': await brokenWhileIdle(driver),
  };
}

/** Runs a question with a proxy, and stops that one in the end. `ports` are those to be written as words. */
async function withProxy<T>(
  script: Script,
  ask: (proxy: Awaited<ReturnType<typeof startScriptedProxy>>, details: ProxyDetails) => Promise<T>,
): Promise<T> {
  const proxy = await startScriptedProxy(script);
  try {
    return await ask(proxy, { host: '127.0.0.1', port: proxy.port });
  } finally {
    await proxy.stop();
  }
}

async function withService<T>(trusted: string, ask: (service: HalibutService) => Promise<T>): Promise<T> {
  const methods = new Proxy({}, { get: () => (text: unknown) => `${String(text)}...` });
  const service = await HalibutService.listen({ certificate: TENTACLE, trusted: [trusted], methods });
  try {
    return await ask(service);
  } finally {
    await service.stop();
  }
}

function worded(told: Told, ports: Readonly<Record<string, number>>): string {
  const text = told.kind === 'value' ? told.value : told.message;
  return Object.entries(ports).reduce((worded, [word, port]) => worded.replaceAll(String(port), word), text);
}

const UNREACHED = { host: '127.0.0.1', port: 10933, thumbprint: TENTACLE.thumbprint };

function after(driver: Driver, script: Script): Promise<unknown> {
  return withProxy(script, async ({ asked }, proxy) => {
    const told = await driver.say({ ...UNREACHED, proxy });
    return { tries: asked.length, told: worded(told, { PROXY: proxy.port }) };
  });
}

function refusedDiscovery(driver: Driver): Promise<unknown> {
  return withProxy({ kind: 'reply', text: REPLIES[0] ?? '' }, async ({ asked }, proxy) => {
    const told = await driver.discover({ ...UNREACHED, proxy });
    return { tries: asked.length, told: worded(told, { PROXY: proxy.port }) };
  });
}

async function withoutProxy(driver: Driver): Promise<unknown> {
  const gone = await withProxy({ kind: 'silence' }, (_, { port }) => Promise.resolve(port));
  return worded(await driver.say({ ...UNREACHED, proxy: { host: '127.0.0.1', port: gone } }), { PROXY: gone });
}

/** A discovery, two calls and the end, through a tunnel: all that is said on the way. */
function inTunnel(driver: Driver, host: string, credentials: Partial<ProxyDetails>): Promise<unknown> {
  return withService(driver.thumbprint, ({ port, visits, requests }) =>
    withProxy({ kind: 'tunnel', text: ESTABLISHED, to: port }, async ({ asked }, plain) => {
      const proxy = { ...plain, ...credentials };
      const to = { host, port: 10933, thumbprint: TENTACLE.thumbprint, proxy };
      const discovered = await driver.discover(to);
      const told = [await driver.say(to), await driver.say(to)];
      await driver.close();
      await until(
        () => visits[0]?.heard.endsWith('\n\n') === true && visits.at(-1)?.lines.at(-1) === 'END',
        () => `no end: ${JSON.stringify(visits)}`,
      );
      return {
        discovered: worded(discovered, {}) === TENTACLE.thumbprint,
        told: told.map((each) => worded(each, {})),
        asked: asked.map(({ head, pieces, first }) => ({ head, pieces, hello: helloOf(first) })),
        visits: visits.map(seen),
        endpoint: endpointOf(requests[0], proxy.port),
      };
    }),
  );
}

/** What a request says of where it goes. A driver may shorten the time between tries. */
function endpointOf(request: Request | undefined, port: number): unknown {
  const endpoint = { ...request?.endpoint, RetryListeningSleepInterval: 'TIME', RemoteThumbprint: 'ITS' };
  return JSON.parse(JSON.stringify(endpoint).replaceAll(`:${port},`, ':"PROXY",')) as unknown;
}

/** Versions of TLS before 1.2 are the system's choice, and no matter here. */
function helloOf(first: Buffer): Hello {
  const hello = readHello(first);
  return { ...hello, versions: hello.versions.filter((version) => version >= 'TLS 1.2') };
}

function seen({ heard, serverName, tls, lines, calls }: Visit): unknown {
  return { heard, serverName, tls, lines, calls };
}

function otherCertificate(driver: Driver): Promise<unknown> {
  return withService(driver.thumbprint, ({ port }) =>
    withProxy({ kind: 'tunnel', text: ESTABLISHED, to: port }, async ({ asked }, proxy) => {
      const told = worded(await driver.say({ ...UNREACHED, proxy, thumbprint: '00'.repeat(20) }), {});
      return { tries: asked.length, told: told.replaceAll(TENTACLE.thumbprint, 'ITS') };
    }),
  );
}

function notTrusted(driver: Driver): Promise<unknown> {
  return withService('nobody', async ({ port, visits }) => {
    const to = { host: '127.0.0.1', port, thumbprint: TENTACLE.thumbprint, proxy: 'none' } as const;
    return { told: worded(await driver.say(to), { SERVICE: port }), tries: visits.length };
  });
}

function brokenWhileIdle(driver: Driver): Promise<unknown> {
  return withService(driver.thumbprint, async (service) => {
    const to = { host: '127.0.0.1', port: service.port, thumbprint: TENTACLE.thumbprint, proxy: 'none' } as const;
    const first = await driver.say(to);
    service.breakOff();
    const second = await driver.say(to);
    await driver.close();
    return { told: [first, second], connections: service.visits.length };
  });
}
