import test from 'ava';
import { isGrease, versionName, versionNames } from '../../../lib/protocol/tls/version.js';

test('versions are named as OpenSSL and Node name them, and others by their number', (t) => {
  t.deepEqual([0x0300, 0x0301, 0x0302, 0x0303, 0x0304].map(versionName), [
    'SSLv3',
    'TLSv1',
    'TLSv1.1',
    'TLSv1.2',
    'TLSv1.3',
  ]);
  t.deepEqual([0x0305, 0x7f1c, 0xfb1a, 0x0002].map(versionName), ['0x0305', '0x7f1c', '0xfb1a', '0x0002']);
});

test('offered versions are named newest first, those without a name last, and GREASE is left out', (t) => {
  t.deepEqual(versionNames([0x0301, 0x7f1c, 0x0304, 0x3a3a, 0x0303]), ['TLSv1.3', 'TLSv1.2', 'TLSv1', '0x7f1c']);
  t.deepEqual(versionNames([0x0a0a, 0xfafa]), []);
});

test('GREASE is 16 numbers whose two bytes are alike and end with a (RFC 8701)', (t) => {
  const found = Array.from({ length: 0x10000 }, (_, number) => number).filter(isGrease);
  t.deepEqual(
    found,
    Array.from({ length: 16 }, (_, high) => ((high << 4) | 0x0a) * 0x0101),
  );
});
