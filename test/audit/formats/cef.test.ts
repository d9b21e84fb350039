import test from 'ava';
import fc from 'fast-check';
import { render } from '../../../lib/audit/formats/index.js';
import { hostile, records } from '../arbitraries.js';
import { HOST_KEY } from '../samples.js';
import { ABOUT, ENTRIES, entryOf, entryOfRecord } from './entries.js';

/** Keys of the published extension dictionary of CEF:0 that records of ours use. */
const KEYS = new Set([
  ...['act', 'app', 'cat', 'deviceDirection', 'dhost', 'dpt', 'dst', 'dvchost', 'dvcpid', 'externalId', 'in', 'msg'],
  ...['out', 'outcome', 'proto', 'reason', 'request', 'requestMethod', 'rt', 'spt', 'src', 'start', 'suser'],
  ...['c6a2', 'c6a3', 'cn1', 'cn2', 'cn3', 'cs1', 'cs2', 'cs3', 'cs4', 'cs5', 'cs6'].flatMap((key) => [
    key,
    `${key}Label`,
  ]),
]);

/** Reads a CEF line as the specification says: seven header fields, then pairs. */
function readCef(line: string): { readonly header: string[]; readonly extension: Map<string, string> } {
  const [, header = '', rest = ''] = /^((?:(?:[^|\\]|\\.)*\|){7})(.*)$/.exec(line) ?? [];
  const fields = [...header.matchAll(/((?:[^|\\]|\\.)*)\|/g)].map(([, field = '']) =>
    field.replace(/\\([|\\])/g, '$1'),
  );
  const extension = new Map<string, string>();
  const starts = [...rest.matchAll(/(?:^| )(\w+)(?<!\\)=/g)];
  for (const [at, { 0: whole, 1: key = '', index }] of starts.entries()) {
    const value = rest.slice(index + whole.length, starts[at + 1]?.index);
    extension.set(
      key,
      value.replace(/\\(.)/g, (_, escaped: string) => ESCAPES.get(escaped) ?? escaped),
    );
  }
  return { header: fields, extension };
}

const ESCAPES = new Map([
  ['n', '\n'],
  ['r', '\r'],
]);

test('every line has the seven header fields and keys of the published dictionary only', (t) => {
  const check = (line: string): boolean => {
    const { header, extension } = readCef(line);
    const label = (key: string): boolean => !/^c(6a|[ns])\d$/.test(key) || extension.has(`${key}Label`);
    return (
      header.length === 7 && header[0] === 'CEF:0' && [...extension.keys()].every((key) => KEYS.has(key) && label(key))
    );
  };
  for (const [sentence, entry] of Object.entries(ENTRIES)) t.true(check(render('cef', entry, ABOUT).text), sentence);
  fc.assert(fc.property(records, (record) => check(render('cef', entryOfRecord(record), ABOUT).text)));
});

test('no text can end a field, begin another or forge a key', (t) => {
  const detail = 'x|y\\|z act=allowed\nCEF:0|evil\r suser=root \\= end';
  const line = render('cef', entryOf('admin', { action: 'users_loaded', detail }), ABOUT).text;
  const { header, extension } = readCef(line);
  t.is(extension.get('msg'), detail);
  t.is(extension.get('act'), 'users_loaded');
  t.false(extension.has('suser'));
  t.is(header[5], `users_loaded: ${detail}`.replaceAll('\n', '\\u000a').replaceAll('\r', '\\u000d'));
});

test('whatever a text holds, it comes back from the extension', (t) => {
  fc.assert(
    fc.property(hostile, (detail) => {
      const { text } = render('cef', entryOf('admin', { action: 'users_loaded', detail }), ABOUT);
      const read = readCef(text).extension.get('msg') ?? '';
      const expected = detail.replace(
        /[^ -~\n\r]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      return read.trim() === expected.trim();
    }),
  );
  t.pass();
});

test('bytes count from source to destination as `in`, and IPv6 addresses have their own keys', (t) => {
  const close = ENTRIES['a tunnel is closed by its client'];
  const { extension } = readCef(render('cef', close ?? entryOf('none', {}), ABOUT).text);
  t.is(extension.get('in'), '1520');
  t.is(extension.get('out'), '48211');
  const dialled = { ip: '2001:db8::7', port: 80, reused: true };
  const over6 = readCef(
    render('cef', entryOf('close', { ...(close?.content as object), dialled }), ABOUT).text,
  ).extension;
  t.is(over6.get('c6a3'), '2001:db8::7');
  t.false(over6.has('dst'));
});

test('how a tunnel was judged stands in the custom texts', (t) => {
  const entry = ENTRIES['a changed SSH host key is observed'] ?? entryOf('none', {});
  const { header, extension } = readCef(render('cef', entry, ABOUT).text);
  t.is(extension.get('cs1'), 'production/linux');
  t.is(extension.get('cs4'), 'host_key_mismatch');
  t.is(extension.get('cs5'), `host_key mismatch ${HOST_KEY}`);
  t.is(header[5], 'attempt ended: client; observed, would be denied: host_key_mismatch');
});

test('the external id is forty characters of the record id', (t) => {
  for (const entry of Object.values(ENTRIES)) {
    const { extension } = readCef(render('cef', entry, ABOUT).text);
    t.is(extension.get('externalId'), entry.hash.slice(0, 40));
  }
});
