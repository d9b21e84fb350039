import test from 'ava';
import { octetCounted, syslogMessage } from '../../../lib/outbox/receivers/syslog-message.js';

const header = {
  facility: 13,
  severity: 6,
  time: '2026-01-31T23:59:59.999Z',
  host: 'egress-1.corp.example',
  app: 'tidegate',
  process: '0123456789abcdef',
  messageId: 'decision',
};

test('a message is RFC 5424: priority, version, header, no structured data, text', (t) => {
  t.is(
    syslogMessage(header, '{"seq":7}').toString(),
    '<110>1 2026-01-31T23:59:59.999Z egress-1.corp.example tidegate 0123456789abcdef decision - {"seq":7}',
  );
});

test('a name that would break the header cannot', (t) => {
  const hostile = { ...header, host: 'a b\n<1>é', app: '', messageId: 'x'.repeat(40) };
  t.is(
    syslogMessage(hostile, 'text').toString(),
    `<110>1 2026-01-31T23:59:59.999Z a_b_<1>_ - 0123456789abcdef ${'x'.repeat(32)} - text`,
  );
});

test('a frame begins with the number of bytes, not of characters', (t) => {
  t.is(octetCounted(Buffer.from('é')).toString(), '2 é');
});
