import test from 'ava';
import fc from 'fast-check';
import { render } from '../../../lib/audit/formats/index.js';
import { records } from '../arbitraries.js';
import { HOST_KEY, THUMBPRINT } from '../samples.js';
import { ABOUT, ENTRIES, entryOfRecord } from './entries.js';
import { ocsfProblems } from './ocsf-check.js';
import { textsIn } from './values.js';

const eventOf = (sentence: string): unknown => {
  const entry = ENTRIES[sentence];
  return entry === undefined ? undefined : JSON.parse(render('ocsf', entry, ABOUT).text);
};

test('every event has the classes, attributes and required attributes of the published OCSF schema', (t) => {
  for (const sentence of Object.keys(ENTRIES)) t.deepEqual(ocsfProblems(eventOf(sentence)), [], sentence);
  fc.assert(
    fc.property(records, (record) => {
      const problems = ocsfProblems(JSON.parse(render('ocsf', entryOfRecord(record), ABOUT).text));
      if (problems.length > 0) throw new Error(problems.join('; '));
    }),
  );
});

test('without a host name the events are as complete', (t) => {
  for (const entry of Object.values(ENTRIES)) {
    const { object } = render('ocsf', entry, { ...ABOUT, host: 'not_known' });
    t.deepEqual(ocsfProblems(JSON.parse(JSON.stringify(object))), []);
  }
});

test('the check of names finds what OCSF does not have, and what it demands', (t) => {
  const event = { ...(eventOf('a tunnel is allowed by a rule') as object) };
  t.deepEqual(ocsfProblems({ ...event, colour: 'red' }), ['event.colour is no attribute']);
  t.deepEqual(ocsfProblems({ ...event, time: undefined }), ['event.time is missing', 'event.time is no timestamp']);
  t.deepEqual(ocsfProblems({ ...event, type_uid: 1 }), ['type_uid does not fit']);
  t.deepEqual(ocsfProblems({ ...event, http_response: {} }), ['event.http_response.code is missing']);
});

test('what was asked is HTTP Activity, what the connection did Network Activity', (t) => {
  t.like(eventOf('a tunnel is allowed by a rule'), { type_uid: 400_201, action: 'Opened', status_id: 0 });
  t.like(eventOf('a changed SSH host key is observed'), { action_id: 3, disposition_id: 1 });
  t.like(eventOf('a changed SSH host key is denied'), { type_uid: 400_103, action_id: 2, disposition_id: 2 });
  t.like(eventOf('a destination on a deny list is denied'), { type_uid: 400_203, action_id: 2, disposition_id: 2 });
  t.like(eventOf('a malformed request is refused'), { type_uid: 400_200, http_response: { code: 400 } });
  t.like(eventOf('a dial fails'), { type_uid: 400_105, dst_endpoint: { name: 'Unknown' } });
  t.like(eventOf('a TLS tunnel is ended by a policy change'), { type_uid: 400_103 });
  t.like(eventOf('a tunnel is closed by its client'), { type_uid: 400_102 });
  t.like(eventOf('a long tunnel goes on'), { type_uid: 400_106, cumulative_traffic: { bytes_in: 17 } });
  t.like(eventOf('a broken policy is rejected'), { type_uid: 300_403, status_id: 2 });
  t.like(eventOf('tidegate starts'), { type_uid: 600_203, actor: { process: { pid: 4711 } } });
  t.like(eventOf('a segment begins'), { type_uid: 100_805 });
});

test("a server's certificate is the tunnel's if it was seen there, and not if only a probe saw it", (t) => {
  const fingerprints = [{ algorithm_id: 2, algorithm: 'SHA-1', value: THUMBPRINT }];
  t.like(eventOf('a Tentacle is verified, and its client is noted'), {
    tls: { version: 'TLSv1.2', certificate: { fingerprints } },
  });
  t.like(eventOf('a Tentacle that the tunnel hides is probed'), {
    tls: { version: 'TLSv1.3', certificate: undefined },
  });
  t.like(eventOf('a TLS tunnel is ended by a policy change'), { tls: { version: 'Unknown' } });
  t.like(eventOf('a changed SSH host key is denied'), {
    tls: undefined,
    unmapped: { checks: [{ fact: 'host_key', outcome: 'mismatch', seen: HOST_KEY }] },
  });
});

test('no value of a record is lost on the way to OCSF', (t) => {
  fc.assert(
    fc.property(records, (record) => {
      const entry = entryOfRecord(record);
      const there = textsIn(render('ocsf', entry, ABOUT).object);
      const all = [...there].join('\n');
      return [...textsIn(entry.content)].every((text) => all.includes(text) || there.has(String(Date.parse(text))));
    }),
  );
  t.pass();
});
