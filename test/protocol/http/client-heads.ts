/**
 * What the clients of `docs/clients.md` really send, byte for byte: recorded from the programs themselves, or taken from
 * their source where that is said.
 */
import { head } from './vectors.js';

/** One recorded head: who sent it, the bytes, and what was meant. `user` is a name, or `none`, or `anonymous`. */
export interface ClientHead {
  readonly client: string;
  readonly bytes: Buffer;
  readonly destination: string;
  readonly user: string;
}

const SECRET = 'Proxy-Authorization: Basic c3BhY2VzLTEucHJvZHVjdGlvbjpzZWNyZXQ=';
const USER = 'spaces-1.production';
const CURL = 'User-Agent: curl/7.88.1';
const KEEP = 'Proxy-Connection: Keep-Alive';
const feed = (method: string, target = 'http://feed.example/'): string[] => [
  `${method} ${target} HTTP/1.1`,
  'Host: feed.example',
];
const tunnel = (host: string): string[] => [`CONNECT ${host}:443 HTTP/1.1`, `Host: ${host}:443`];

function sent(client: string, destination: string, user: ClientHead['user'], ...lines: readonly string[]): ClientHead {
  return { client, bytes: head(...lines), destination, user };
}

/** Tentacle, SSH and Windows clients: tunnels, most of them in HTTP/1.0. */
const OCTOPUS: readonly ClientHead[] = [
  sent('Halibut', '127.0.0.1:37905', 'none', 'CONNECT 127.0.0.1:37905 HTTP/1.0', 'Host: 127.0.0.1:37905'),
  sent(
    'Halibut, with a user',
    'web1.corp.example:10933',
    USER,
    'CONNECT web1.corp.example:10933 HTTP/1.0',
    'Host: web1.corp.example:10933',
    SECRET,
  ),
  sent('SSH.NET', '127.0.0.1:2299', 'none', 'CONNECT 127.0.0.1:2299 HTTP/1.0'),
  sent('SSH.NET, with a user', 'linux1.corp.example:22', USER, 'CONNECT linux1.corp.example:22 HTTP/1.0', SECRET),
  sent(
    'libgit2 (source)',
    'git.example:443',
    'none',
    'CONNECT git.example:443 HTTP/1.1',
    'User-Agent: git/2.0 (libgit2 1.8.4)',
    'Host: git.example:443',
  ),
  sent(
    'Internet Explorer (from public captures)',
    'git.example:443',
    'none',
    'CONNECT git.example:443 HTTP/1.0',
    'User-Agent: Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/7.0)',
    'Host: git.example:443',
    'Content-Length: 0',
    'Proxy-Connection: Keep-Alive',
    'Pragma: no-cache',
  ),
];

/** .NET 10's HttpClient and HttpWebRequest: without credentials first, then again with them. */
const DOTNET: readonly ClientHead[] = [
  sent('.NET, first leg', 'feed.example:443', 'none', ...tunnel('feed.example')),
  sent(
    '.NET, no user set',
    'feed.example:443',
    'anonymous',
    ...tunnel('feed.example'),
    'Proxy-Authorization: Basic Og==',
  ),
  sent('.NET, IPv6', '[2001:db8::1]:443', 'none', ...tunnel('[2001:db8::1]')),
  sent(
    '.NET, brackets in a URI',
    'feed.example:80',
    'none',
    ...feed('GET', "http://feed.example/a[1]/x%20y?filter[a]=b%7Cc&q=%7Bd%7D%5E%60%22%3C%C3%A9%3E'%25zz"),
  ),
  sent(
    '.NET, chunked',
    'feed.example:8080',
    USER,
    'PUT http://feed.example:8080/p HTTP/1.1',
    'Host: feed.example:8080',
    'Transfer-Encoding: chunked',
    SECRET,
  ),
  sent(
    '.NET, empty POST',
    'feed.example:80',
    'none',
    ...feed('POST'),
    'Content-Type: text/plain; charset=utf-8',
    'Content-Length: 0',
  ),
  sent(
    'HttpWebRequest',
    'feed.example:80',
    'none',
    ...feed('POST', 'http://feed.example/old'),
    'Connection: Keep-Alive',
    'Content-Length: 3',
  ),
];

/** The tools that scripts use. */
const TOOLS: readonly ClientHead[] = [
  sent(
    'curl',
    'feed.example:80',
    'none',
    ...feed('GET', 'http://feed.example/v3/index.json?a=1'),
    CURL,
    'Accept: */*',
    KEEP,
  ),
  sent('curl, tunnel', 'feed.example:443', USER, ...tunnel('feed.example'), SECRET, CURL, KEEP),
  sent(
    'curl, large body',
    'feed.example:80',
    'none',
    ...feed('POST'),
    CURL,
    'Accept: */*',
    KEEP,
    'Content-Length: 2000000',
    'Content-Type: application/x-www-form-urlencoded',
    'Expect: 100-continue',
  ),
  sent(
    'curl --http2',
    'feed.example:80',
    'none',
    ...feed('GET'),
    CURL,
    'Accept: */*',
    KEEP,
    'Connection: Upgrade, HTTP2-Settings',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
  ),
  sent(
    'wget',
    'feed.example:80',
    'none',
    ...feed('GET', 'http://feed.example/x'),
    'User-Agent: Wget/1.21.3',
    'Accept: */*',
    'Accept-Encoding: identity',
    'Connection: Keep-Alive',
    KEEP,
  ),
  sent(
    'wget, tunnel',
    'feed.example:443',
    'none',
    'CONNECT feed.example:443 HTTP/1.1',
    'User-Agent: Wget/1.21.3',
    'Host: feed.example:443',
  ),
  sent(
    'git',
    'git.example:80',
    'none',
    'GET http://git.example/r.git/info/refs?service=git-upload-pack HTTP/1.1',
    'Host: git.example',
    'User-Agent: git/2.39.5',
    'Accept: */*',
    'Accept-Encoding: deflate, gzip, br, zstd',
    KEEP,
    'Accept-Language: C, *;q=0.9',
    'Pragma: no-cache',
    'Git-Protocol: version=2',
  ),
  sent('git, tunnel', 'git.example:443', 'none', ...tunnel('git.example'), 'User-Agent: git/2.39.5', KEEP),
  sent('Python, tunnel', 'py.example:443', 'none', 'CONNECT py.example:443 HTTP/1.0'),
  sent(
    'npm',
    'npm.example:80',
    'none',
    'GET http://npm.example/left-pad HTTP/1.1',
    'user-agent: npm/11.19.1 node/v20.20.2 linux x64 workspaces/false',
    'accept: application/json',
    'npm-command: view',
    'Accept-Encoding: gzip,deflate',
    'Host: npm.example',
    KEEP,
    'connection: keep-alive',
  ),
];

const ODD = 'http://feed.example/a|b"c{d}<e>^`f%/g';

/** Clients that send a URL as they are given it (rule A10). */
const AS_GIVEN: readonly ClientHead[] = [
  sent('curl, a URL with odd bytes', 'feed.example:80', 'none', ...feed('GET', ODD), CURL, 'Accept: */*', KEEP),
  sent(
    'curl, a URL in UTF-8',
    'feed.example:80',
    'none',
    ...feed('GET', 'http://feed.example/\xc3\xa9'),
    CURL,
    'Accept: */*',
    KEEP,
  ),
  sent(
    'Python urllib, a URL with odd bytes',
    'feed.example:80',
    'none',
    `GET ${ODD} HTTP/1.1`,
    'Accept-Encoding: identity',
    'Host: feed.example',
    'User-Agent: Python-urllib/3.11',
    'Connection: close',
  ),
  sent(
    "Java's HttpURLConnection, a URL in UTF-8",
    'feed.example:80',
    'none',
    'GET http://feed.example/\xc3\xa9 HTTP/1.1',
    'User-Agent: Java/17.0.15',
    'Host: feed.example',
    'Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2',
    'Proxy-Connection: keep-alive',
  ),
  sent('lftp (as reported)', 'feed.example:443', 'none', 'CONNECT feed.example:443 HTTP/1.1'),
];

/** Every recorded head. */
export const CLIENT_HEADS: readonly ClientHead[] = [...OCTOPUS, ...DOTNET, ...TOOLS, ...AS_GIVEN];
