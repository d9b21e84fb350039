import test from 'ava';
import { ownMachine } from '../../../lib/proxy/index.js';
import { ip } from '../../policy/samples.js';

test('addresses of interfaces are this machine, also as IPv4-mapped ones and with a zone', (t) => {
  const listInterfaces = (): readonly string[] => ['10.0.0.5', 'fd00::5', 'fe80::1%eth0'];
  const { hasAddress } = ownMachine({ addresses: [] }, [], { listInterfaces, mono: () => 0 });
  for (const text of ['10.0.0.5', '::ffff:10.0.0.5', 'fd00::5', 'fe80::1']) t.true(hasAddress(ip(text)), text);
  for (const text of ['10.0.0.6', 'fd00::6', '::5']) t.false(hasAddress(ip(text)), text);
});

test('interfaces are read again when the list is five seconds old, not for each question', (t) => {
  let now = 0;
  let reads = 0;
  let list = ['10.0.0.5'];
  const listInterfaces = (): readonly string[] => {
    reads++;
    return list;
  };
  const { hasAddress } = ownMachine({ addresses: [] }, [], { listInterfaces, mono: () => now });
  t.true(hasAddress(ip('10.0.0.5')));
  list = ['10.0.0.6'];
  now = 4_999;
  t.true(hasAddress(ip('10.0.0.5')));
  t.is(reads, 1);
  now = 5_000;
  t.false(hasAddress(ip('10.0.0.5')));
  t.true(hasAddress(ip('10.0.0.6')));
  t.is(reads, 2);
});

test('where interfaces cannot be listed the last list holds, and without any every address is ours', (t) => {
  let now = 0;
  let fails = true;
  const listInterfaces = (): readonly string[] => {
    if (fails) throw new Error('EMFILE');
    return ['10.0.0.5'];
  };
  const { hasAddress } = ownMachine({ addresses: [] }, [], { listInterfaces, mono: () => now });
  t.true(hasAddress(ip('8.8.8.8')));
  fails = false;
  t.false(hasAddress(ip('8.8.8.8')));
  fails = true;
  now = 60_000;
  t.true(hasAddress(ip('10.0.0.5')));
  t.false(hasAddress(ip('8.8.8.8')));
});
