import test from 'ava';
import fc from 'fast-check';
import { readBasicCredentials } from '../../../lib/protocol/http/index.js';

const basic = (text: string): string => `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;

test('H17: user and password are split at the first colon', (t) => {
  const read = (text: string) => readBasicCredentials(basic(text));
  t.deepEqual(read('spaces-1.production:secret'), {
    kind: 'credentials',
    user: 'spaces-1.production',
    password: 'secret',
  });
  t.deepEqual(read('u:a:b:'), { kind: 'credentials', user: 'u', password: 'a:b:' });
  t.deepEqual(read('u:'), { kind: 'credentials', user: 'u', password: '' });
  t.deepEqual(read('Jürgen:Пароль😀'), { kind: 'credentials', user: 'Jürgen', password: 'Пароль😀' });
  t.deepEqual(read('\ufeffu:p'), { kind: 'credentials', user: '\ufeffu', password: 'p' });
});

test('H17: an empty name with an empty password is anonymous, as .NET sends it without credentials', (t) => {
  t.deepEqual(readBasicCredentials('Basic Og=='), { kind: 'anonymous' });
});

test('H17: the scheme has no case, and blanks may separate it', (t) => {
  for (const value of ['basic dTpw', 'BASIC dTpw', 'Basic   dTpw'])
    t.is(readBasicCredentials(value).kind, 'credentials', value);
});

test('H17: what is not exactly Basic credentials is malformed', (t) => {
  const values = [
    ...['', 'Basic', 'Basic ', 'basic', 'Basic\tdTpw', ' Bearer dTpw', 'NTLM\tx', '\0 x'],
    ...[
      'Basic dTpw dTpw',
      'Basic dTpw,',
      'Basic dTpw=',
      'Basic dTp',
      'Basic dT-_',
      'Basic d Tpw',
      'Basic dTpw\n',
      'Basic ====',
    ],
    'Basic Oh==', // decodes to ':' as well: bits that are left over must be 0
    'Basic Og', // its padding is missing
    basic('no colon'),
    basic(':password'),
    ...['u\0:p', 'u:p\n', 'u\x7f:p', '\x1bu:p', 'u\u0085:p'].map(basic),
    `Basic ${Buffer.from('u\xff:p', 'latin1').toString('base64')}`, // not UTF-8
    `Basic ${Buffer.from([0xed, 0xa0, 0x80, 0x3a]).toString('base64')}`, // a lone surrogate in UTF-8
  ];
  for (const value of values) {
    const read = readBasicCredentials(value);
    t.is(read.kind, 'malformed', JSON.stringify(value));
    t.regex(read.kind === 'malformed' ? read.detail : '', /^[\x20-\x7e]+$/);
  }
});

test('H17: another scheme is distinguished from Basic credentials that cannot be read', (t) => {
  const values = [
    ...['NTLM TlRMTVNTUAABAAAA', 'ntlm TlRMTVNTUAAB', 'Negotiate YII=', 'Negotiate', 'Bearer dTpw', 'Kerberos x'],
    ...['Digest username="u", realm="r", uri="a:443", response="0"', 'Basicd dTpw', 'dTpw', 'AWS4-HMAC-SHA256 x'],
  ];
  for (const value of values) t.deepEqual(readBasicCredentials(value), { kind: 'other_scheme' }, value);
});

test('H17: what a client encodes is what is read, and no text makes the reader throw', (t) => {
  const printable = fc.string({ unit: 'grapheme' }).filter((text) => !/[\0-\x1f\x7f-\x9f]/.test(text));
  const user = printable.filter((text) => text !== '' && !text.includes(':'));
  fc.assert(
    fc.property(user, printable, (name, password) => {
      t.deepEqual(readBasicCredentials(basic(`${name}:${password}`)), { kind: 'credentials', user: name, password });
    }),
  );
  fc.assert(
    fc.property(fc.string(), fc.base64String(), (text, encoded) => {
      for (const value of [text, `Basic ${encoded}`]) {
        t.true(['credentials', 'anonymous', 'other_scheme', 'malformed'].includes(readBasicCredentials(value).kind));
      }
    }),
  );
});
