import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeEngine } from '../../engine/fake/fake-engine.ts';
import { cli, type StubDaemon, stubDaemon } from '../run-cli.contract.ts';

let daemon: StubDaemon;
beforeAll(async () => {
  daemon = await stubDaemon();
  daemon.tracker.put('shop', { owner: 'ann', labels: { team: 'web' } });
  daemon.tracker.put('wiki', {
    status: 'inactive',
    phase: 'crashed',
    reason: { code: 'exited_with_error', message: 'ended by itself with an error: exit code 3' },
  });
  daemon.tracker.put('evil', { name: '\x1b[2J\u202eevil\nline' });
});
afterAll(() => daemon.close());

describe('ls with a daemon', () => {
  it('prints a line for each workspace', async () => {
    const { code, out, err } = await cli(['ls'], daemon);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')[0]).toMatch(/^WORKSPACE +STATUS +PHASE +SINCE +CONTAINERS +REASON$/);
    expect(out).toMatch(/^shop +active +running +\S+ +1\/1 +running$/m);
    expect(out).toMatch(/^wiki +inactive +crashed .* exit code 3$/m);
  });

  it('makes names harmless', async () => {
    const { out } = await cli(['ls'], daemon);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not be there
    expect(out).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    expect(out.trimEnd().split('\n')).toHaveLength(4);
  });

  it('prints one JSON document as the API has it', async () => {
    const { out } = await cli(['ls', '--json'], daemon);
    const page: unknown = JSON.parse(out);
    expect(page).toMatchObject({ total: 3, nextCursor: null });
    expect(page).toHaveProperty('items.1.id', 'shop');
  });

  it.each([
    [['--status', 'inactive'], ['wiki']],
    [['--status', 'inactive,archived'], ['wiki']],
    [['--owner', 'ann'], ['shop']],
    [['--label', 'team=web'], ['shop']],
    [['--label', 'team', '--owner', 'ben'], []],
    [['--q', 'wik'], ['wiki']],
  ])('filters by %j', async (filter, ids) => {
    const { out } = await cli(['ls', '--json', ...filter], daemon);
    const { items } = JSON.parse(out) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toEqual(ids);
  });

  it('says that the filters are why nothing is there', async () => {
    const { code, out, err } = await cli(['ls', '--q', 'nothing'], daemon);
    expect({ code, out, err }).toEqual({ code: 0, out: '', err: 'tidewatch: no workspace fits these filters\n' });
  });

  it('refuses a status that is none', async () => {
    const { code, err } = await cli(['ls', '--status', 'runing'], daemon);
    expect(code).toBe(2);
    expect(err).toContain('active, inactive, archived');
  });

  it('says that states are the last known ones when the engine is away', async () => {
    daemon.tracker.connected = false;
    daemon.tracker.put('shop', {
      freshness: { state: 'unknown', confirmedAt: '2026-01-01T00:00:00.000Z', by: 'list' },
    });
    const { code, out, err } = await cli(['ls'], daemon);
    daemon.tracker.connected = true;
    daemon.tracker.put('shop', { freshness: { state: 'live', confirmedAt: null, by: null } });
    expect(code).toBe(0);
    expect(out).toMatch(/^shop +active +unknown since \S+ \(was running\)/m);
    expect(err).toContain('engine unix:///stub.sock lost for');
    expect(err).toContain('last known');
  });

  it('fails with 4 when the daemon has no engine and nothing can be shown', async () => {
    daemon.tracker.connected = false;
    const { code, out, err } = await cli(['ls', '--q', 'nothing', '--json'], daemon);
    daemon.tracker.connected = true;
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toMatch(
      /^tidewatch: nothing can be shown: engine unix:\/\/\/stub\.sock lost for \S+: nothing answers .*\n$/,
    );
  });

  it('cuts lines to the width of a terminal, and colours phases there', async () => {
    const { out } = await cli(['ls'], { ...daemon, tty: { columns: 60, rows: 20 } });
    expect(out).toContain('\x1b[31mcrashed\x1b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no columns
    for (const line of out.replace(/\x1b\[\d+m/g, '').split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    const plain = await cli(['ls', '--no-color'], { ...daemon, tty: { columns: 60, rows: 20 } });
    expect(plain.out).not.toContain('\x1b');
  });

  it('never cuts status and phase, and does not let one long name widen every line', async () => {
    daemon.tracker.put('long', { name: 'n'.repeat(200), phase: 'crash-looping', status: 'active' });
    const narrow = await cli(['ls', '--no-color'], { ...daemon, tty: { columns: 60, rows: 20 } });
    expect(narrow.out).toMatch(/ active +crash-looping /);
    const piped = await cli(['ls'], daemon);
    for (const line of piped.out.split('\n')) expect(line.length).toBeLessThanOrEqual(170);
    daemon.tracker.states.delete('long');
  });

  it('leaves columns out where a terminal is too narrow for all of them', async () => {
    const { out } = await cli(['ls', '--no-color'], { ...daemon, tty: { columns: 40, rows: 20 } });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(40);
    expect(out).toMatch(/^wiki +inactive +crashed/m);
  });
});

describe('ls without a daemon', () => {
  it('tracks the engine directly and says so', async () => {
    await using engine = await FakeEngine.listen();
    engine.add({ name: 'lonely' });
    const { code, out, err } = await cli(['ls'], { env: { DOCKER_HOST: engine.host } });
    expect(code).toBe(0);
    expect(out).toMatch(/^lonely +active +running/m);
    expect(err).toContain('Tracking the engine directly');
  });

  it('looks at the engine of --host without asking a daemon', async () => {
    await using engine = await FakeEngine.listen();
    const { code, out, err } = await cli(['ls', '--host', engine.host]);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain(`no workspaces: the engine at ${engine.host} has no containers`);
  });

  it('fails with 4 when there is no engine either, and says what to do', async () => {
    const { code, err } = await cli(['ls']);
    expect(code).toBe(4);
    expect(err).toContain('no Tidewatch daemon answers');
    expect(err).toContain('unix:///nonexistent/docker.sock');
  });

  it('does not take this machine’s engine for one elsewhere', async () => {
    const refused: typeof fetch = () => Promise.reject(new TypeError('fetch failed'));
    const { code, err } = await cli(['ls', '--url', 'http://elsewhere.example:7420', '--token', 'x'], {
      fetch: refused,
    });
    expect(code).toBe(4);
    expect(err).toContain('give --host');
  });

  it('does not take --url and --host together', async () => {
    expect((await cli(['ls', '--url', 'http://127.0.0.1:1', '--host', 'unix:///x.sock'])).code).toBe(2);
  });
});
