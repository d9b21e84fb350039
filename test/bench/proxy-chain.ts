/**
 * The proxy-chain package as a process: `proxy-chain.js PORT LOGFILE`. It is no dependency of tidegate; it takes part where
 * Node finds it (for example through NODE_PATH). Its own access list and log are what its hooks are for.
 */
import { createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';

interface ChainServer {
  listen: () => Promise<void>;
  on: (event: string, listener: (told: unknown) => void) => void;
}
interface ChainModule {
  readonly Server: new (options: object) => ChainServer;
  readonly RequestError: new (message: string, status: number) => Error;
}

const [port = '', log = ''] = process.argv.slice(2);
const { Server, RequestError } = createRequire(import.meta.url)('proxy-chain') as ChainModule;
const lines = createWriteStream(log, { flags: 'a' });

const server = new Server({
  port: Number(port),
  host: '127.0.0.1',
  prepareRequestFunction: ({ hostname, port: target }: { hostname: string; port: number }) => {
    lines.write(`${new Date().toISOString()} ${hostname}:${target}\n`);
    if (!hostname.startsWith('127.')) throw new RequestError('not allowed', 403);
    return {};
  },
});
server.on('connectionClosed', (told) => lines.write(`${new Date().toISOString()} ${JSON.stringify(told)}\n`));
await server.listen();
