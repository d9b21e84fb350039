import test from 'ava';
import { versionName } from '../../../lib/protocol/tls/index.js';

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
