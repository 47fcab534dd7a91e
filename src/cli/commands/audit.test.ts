import { expect, onTestFinished, test } from 'vitest';
import { makeToken } from '../../api/stub-api.contract.ts';
import { cli, type StubDaemon, startCli, stubDaemon } from '../run-cli.contract.ts';

async function daemonWith(tokens: readonly string[]): Promise<StubDaemon> {
  const daemon = await stubDaemon();
  onTestFinished(() => daemon.close());
  for (const name of tokens) await makeToken(daemon, { name, role: 'viewer' });
  return daemon;
}

function seqsOf(out: string): number[] {
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { seq: number }).seq);
}

test('prints who changed what, oldest first, made harmless', async () => {
  const daemon = await daemonWith(['a', 'b']);
  const viewer = await makeToken(daemon, { name: 'é\u202e[31m', role: 'viewer' });
  const refused = await cli(['archive', 'shop', '--token', viewer.secret], { env: { TIDEWATCH_URL: daemon.url } });
  expect(refused.code).not.toBe(0);
  daemon.tracker.put('shop');
  await cli(['archive', 'shop', '--token', viewer.secret], { env: { TIDEWATCH_URL: daemon.url } });
  const { code, out, err } = await cli(['audit'], daemon);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.trimEnd().split('\n');
  expect(lines[0]).toMatch(
    /^\S+Z +1 {2}done {7}createToken {12}127\.0\.0\.1 {8}admin {2}\/api\/v1\/tokens {2}\{"name":"a","role":"viewer"\}$/,
  );
  expect(lines.at(-1)).toMatch(
    / 4 {2}forbidden {2}updateWorkspace {8}127\.0\.0\.1 {8}é\\u\{202e\}\[31m {2}\/api\/v1\/workspaces\/shop$/,
  );
  expect(lines).toHaveLength(4);
});

test('of more than a page, as many as asked', async () => {
  const daemon = await daemonWith([]);
  expect(await cli(['audit'], daemon)).toMatchObject({ code: 0, out: '', err: 'tidewatch: no entries fit\n' });
  for (let index = 0; index < 7; index += 1) await makeToken(daemon, { role: 'viewer' });
  const seqs = async (...args: string[]) => seqsOf((await cli(['audit', '--json', ...args], daemon)).out);
  expect(await seqs()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(await seqs('--limit', '2')).toEqual([6, 7]);
  expect(await seqs('--limit', '2', '--before', '4')).toEqual([2, 3]);
});

test('follows until it is interrupted, without hole or repetition', async () => {
  const daemon = await daemonWith(['a', 'b']);
  const running = startCli(['audit', '--follow', '--json', '--limit', '1'], daemon);
  await expect.poll(running.out, { timeout: 20_000 }).toContain('"seq":2');
  await makeToken(daemon, { name: 'c', role: 'viewer' });
  await makeToken(daemon, { name: 'd', role: 'viewer' });
  await expect.poll(running.out, { timeout: 20_000 }).toContain('"seq":4');
  running.stop();
  const { code, out, err } = await running.ended;
  expect({ code, seqs: seqsOf(out), err }).toEqual({ code: 0, seqs: [2, 3, 4], err: '' });
});

test('goes on after the daemon was away, and says so', async () => {
  const daemon = await daemonWith(['a']);
  let isAway = false;
  const running = startCli(['audit', '--follow', '--json'], {
    ...daemon,
    fetch: (...call) => (isAway ? Promise.reject(new TypeError('gone')) : fetch(...call)),
  });
  await expect.poll(running.out, { timeout: 20_000 }).toContain('"seq":1');
  isAway = true;
  await expect.poll(running.err, { timeout: 20_000 }).toContain('trying again');
  await makeToken(daemon, { name: 'b', role: 'viewer' });
  isAway = false;
  await expect.poll(running.out, { timeout: 20_000 }).toContain('"seq":2');
  await expect.poll(running.err, { timeout: 20_000 }).toContain('connected again');
  running.stop();
  expect((await running.ended).code).toBe(0);
});

test.each([
  [['--limit', '0'], '--limit 0'],
  [['--before', 'x'], '--before x'],
  [['--before', '3', '--follow'], 'exclude each other'],
  [['--host', 'unix:///x'], '--host'],
])('refuses %j', async (args, said) => {
  expect(await cli(['audit', ...args])).toMatchObject({ code: 2, err: expect.stringContaining(said) });
});

test('is not for tokens that are limited or less than admin', async () => {
  const daemon = await daemonWith([]);
  const env = { TIDEWATCH_URL: daemon.url };
  for (const rights of [{ role: 'operator' }, { role: 'admin', owners: ['ann'] }] as const) {
    const { secret } = await makeToken(daemon, rights);
    expect(await cli(['audit', '--token', secret], { env })).toMatchObject({ code: 5, out: '' });
  }
});
