import { spawnSync } from 'node:child_process';
import { open, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import test from 'ava';
import { followJournal, readBackwards, readJournal } from '../../../lib/journal/index.js';
import { openText, sealMember } from '../../../lib/journal/bytes/index.js';
import { listMembers } from '../../../lib/journal/bytes/members.js';
import { listSegments, sizeOf } from '../../../lib/journal/lines/segments.js';
import { testWith } from '../../programs.js';
import { collect, fourSegments, temporaryFolder } from '../temporary.js';

/** Compresses a text, so many bytes a member. */
function compressed(text: Buffer, each: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < text.length; at += each) {
    const part = text.subarray(at, at + each);
    parts.push(sealMember(gzipSync(part), part.length));
  }
  return Buffer.concat(parts);
}

/** Puts the compressed form in the place of each segment but the last, in members of different sizes. */
async function compressAll(directory: string): Promise<void> {
  const segments = (await listSegments(directory)).slice(0, -1);
  for (const [index, { path }] of segments.entries()) {
    await writeFile(`${path}.gz`, compressed(await readFile(path), [700, 1500, 1e6][index % 3] ?? 1));
    await unlink(path);
  }
}

test('a compressed segment reads like the plain one, from any place, forwards, backwards and following', async (t) => {
  const directory = await fourSegments(t);
  const readings = async (): Promise<unknown> => {
    const stop = new AbortController();
    const followed: unknown[] = [];
    const last = (await collect(readBackwards(directory)))[0];
    for await (const line of followJournal(directory, { fromSeq: 1, signal: stop.signal, pollMs: 1 })) {
      followed.push(line);
      if (line.read === 'line' && last?.read === 'line' && line.seq === last.seq) stop.abort();
    }
    return {
      whole: await collect(readJournal(directory)),
      from9: await collect(readJournal(directory, { fromSeq: 9 })),
      backwards: await collect(readBackwards(directory)),
      before15: await collect(readBackwards(directory, { beforeSeq: 15 })),
      sizes: await Promise.all((await listSegments(directory)).map(sizeOf)),
      followed,
    };
  };
  const plain = await readings();
  await compressAll(directory);
  t.deepEqual(await readings(), plain);
});

test('any part of a compressed text is that part of the plain one', async (t) => {
  const path = join(await temporaryFolder(t), 'text');
  const plain = Buffer.from(Array.from({ length: 500 }, (_, n) => n % 251));
  await writeFile(`${path}.gz`, compressed(plain, 60));
  const text = await openText(path);
  t.is(await text.size(), 500);
  for (let at = 0; at <= 510; at += 7) {
    for (const length of [0, 1, 59, 60, 61, 300, 1000]) {
      t.deepEqual(await text.read(at, length), Buffer.from(plain.subarray(at, at + length)));
    }
  }
  t.is(text.fault(), 'none');
  await text.close();
});

test('where both forms are there the plain one counts', async (t) => {
  const path = join(await temporaryFolder(t), 'text');
  await writeFile(`${path}.gz`, compressed(Buffer.from('compressed'), 60));
  await writeFile(path, 'plain');
  const text = await openText(path);
  t.is((await text.read(0, 100)).toString(), 'plain');
  await text.close();
  await t.throwsAsync(openText(`${path}-absent`), { code: 'ENOENT' });
});

test('a broken member reads as zeros and is reported, and the others read', async (t) => {
  const path = join(await temporaryFolder(t), 'text');
  const plain = Buffer.from('0123456789'.repeat(9));
  const good = compressed(plain, 30);
  const members = await (async () => {
    await writeFile(`${path}.gz`, good);
    const file = await open(`${path}.gz`, 'r');
    return listMembers(file).finally(() => file.close());
  })();
  const second = members.members[1];
  if (second === undefined) return t.fail();
  for (let at = second.offset + 24; at < second.offset + second.bytes; at += 1) {
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(at) ^ 0x10, at);
    await writeFile(`${path}.gz`, bad);
    const text = await openText(path);
    const read = await text.read(0, 100);
    await text.close();
    if (text.fault() === 'none') t.deepEqual(read, plain);
    else t.deepEqual(read, Buffer.concat([plain.subarray(0, 30), Buffer.alloc(30), plain.subarray(60)]));
  }
});

test('where no member begins the text ends, and that is reported', async (t) => {
  const path = join(await temporaryFolder(t), 'text');
  const plain = Buffer.from('0123456789'.repeat(9));
  const good = compressed(plain, 30);
  const ends = [good.subarray(0, good.length - 1), Buffer.concat([good, good.subarray(0, 20)])];
  for (const end of ends) {
    await writeFile(`${path}.gz`, end);
    const text = await openText(path);
    t.regex(text.fault(), /no whole member begins at byte \d+/);
    t.deepEqual(await text.read(0, 100), plain.subarray(0, await text.size()));
    await text.close();
  }
});

test('what another program adds to our members is read as gzip reads it', async (t) => {
  const path = join(await temporaryFolder(t), 'text');
  const good = compressed(Buffer.from('0123456789'.repeat(9)), 30);
  for (const end of [Buffer.of(0), gzipSync('another member'), gzipSync('')]) {
    const whole = Buffer.concat([good, end]);
    await writeFile(`${path}.gz`, whole);
    const text = await openText(path);
    t.deepEqual(await text.read(0, 1000), gunzipSync(whole));
    t.is(text.fault(), 'none');
    await text.close();
  }
});

test('gzip readers take the members for a gzip file', (t) => {
  const plain = Buffer.from('line\n'.repeat(1000));
  t.deepEqual(gunzipSync(compressed(plain, 333)), plain);
});

testWith('zcat')('zcat reads a compressed segment', async (t) => {
  const path = join(await temporaryFolder(t), 'text.gz');
  const plain = Buffer.from('line\n'.repeat(1000));
  await writeFile(path, compressed(plain, 333));
  t.deepEqual(spawnSync('zcat', [path]).stdout, plain);
});
