import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TOKEN } from '../../api/stub-api.contract.ts';
import { cli, type StubDaemon, stubDaemon } from '../run-cli.contract.ts';

let daemon: StubDaemon;
beforeAll(async () => {
  daemon = await stubDaemon();
});
afterAll(() => daemon.close());

const run = (...args: string[]) => cli(['token', ...args], { env: daemon.env });

test('create prints the token alone, which lets in as its role and limits say; revoke ends it', async () => {
  daemon.tracker.put('shop', { owner: 'ann' });
  daemon.tracker.put('secret', { owner: 'eve' });
  const made = await run('create', 'ann’s', '--role', 'viewer', '--owner', 'ann', '--expires', '90d');
  expect(made.out).toMatch(/^tw_[\w-]{43}\n$/);
  expect(made.err).toMatch(/token "ann’s" \(viewer, owner ann\) ends at 2\S+Z\. It is shown this once/);
  const token = made.out.trim();
  const as = (...args: string[]) => cli([...args, '--token', token], { env: { TIDEWATCH_URL: daemon.url } });
  for (const command of ['ls', 'summary', 'events', 'top', 'ls --json', 'events --json'].map((line) =>
    line.split(' '),
  )) {
    const { code, out } = await as(...command);
    expect([command, code]).toEqual([command, 0]);
    expect(out).not.toMatch(/secret|eve\b/);
  }
  expect((await as('ls')).out).toContain('shop');
  expect((await as('show', 'secret')).code).toBe(3);
  expect((await as('archive', 'shop')).code).toBe(5);
  const listed = await run('ls');
  expect(listed.out).toMatch(
    /NAME +ID +ROLE +SEES +USED +EXPIRES +MADE BY\nann’s +\w{12} +viewer +owner ann +\S+ +2\S+Z +admin\n/,
  );
  expect(listed.out).not.toContain(token);
  expect((await run('revoke', 'ann’s')).out).toMatch(/^Token "ann’s" \(\w{12}\) is revoked\.\n$/);
  expect((await as('ls')).code).toBe(5);
});

test('the same as JSON', async () => {
  const made = JSON.parse((await run('create', 'ci', '--role', 'operator', '--label', 'team=a', 'x', '--json')).out);
  expect(made).toMatchObject({ name: 'ci', role: 'operator', owners: [], labels: ['team=a', 'x'], expiresAt: null });
  const { items } = JSON.parse((await run('ls', '--json')).out);
  expect(items).toMatchObject([{ id: made.id, name: 'ci' }]);
  expect(JSON.parse((await run('revoke', made.id, '--json')).out)).toMatchObject({ id: made.id, revoked: true });
  expect(await run('ls')).toMatchObject({ code: 0, out: '', err: expect.stringContaining('no tokens') });
});

test.each([
  [['create', 'x'], 2, '--role'],
  [['create', 'x', '--role', 'root'], 2, 'Allowed choices are viewer, operator, admin'],
  [['create', 'x', '--role', 'admin', '--expires', '3'], 2, '--expires 3: give a duration'],
  [['create', 'x', '--role', 'admin', '--expires', '100000d'], 2, 'ten years'],
  [['create', 'admin', '--role', 'admin'], 1, 'there is a token "admin" already'],
  [['revoke', 'nobody'], 1, 'there is no token "nobody"'],
])('%j is refused', async (args, code, why) => {
  expect(await run(...args)).toMatchObject({ code, out: '', err: expect.stringContaining(why) });
});

test('a token of a daemon that was removed does not shut out the right one, however often it is tried', async () => {
  const home = mkdtempSync(join(tmpdir(), 'tidewatch-tokens-'));
  try {
    for (const [folder, token] of [
      ['state/tidewatch', 'a-token-of-a-daemon-that-is-gone'],
      ['.tidewatch', TOKEN],
    ] as const) {
      mkdirSync(join(home, folder), { recursive: true });
      writeFileSync(join(home, folder, 'admin-token'), `${token}\n`);
    }
    const env = { TIDEWATCH_URL: daemon.url, XDG_STATE_HOME: join(home, 'state') };
    for (let time = 0; time < 25; time += 1) expect((await cli(['ls'], { env, cwd: home })).code).toBe(0);
    writeFileSync(join(home, '.tidewatch/admin-token'), 'another-token-that-is-wrong\n');
    let refused = await cli(['ls'], { env, cwd: home });
    for (let time = 0; time < 100 && !refused.err.includes('too many'); time += 1) {
      refused = await cli(['ls'], { env, cwd: home });
    }
    expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('too many wrong tokens') });
  } finally {
    rmSync(home, { recursive: true });
  }
});
