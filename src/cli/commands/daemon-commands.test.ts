import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, type StubDaemon, stubDaemon } from '../run-cli.contract.ts';

let daemon: StubDaemon;
beforeAll(async () => {
  daemon = await stubDaemon();
  daemon.tracker.put('shop');
});
afterAll(() => daemon.close());

describe('sync', () => {
  it('prints what it found', async () => {
    const { code, out } = await cli(['sync'], daemon);
    expect(code).toBe(0);
    expect(out).toBe(
      '1 workspace compared with the engine in 1 ms; 0 missed changes recovered, 0 registry records corrected\n',
    );
  });

  it('prints the state of one workspace', async () => {
    expect((await cli(['sync', 'shop'], daemon)).out).toMatch(/^shop +active +running/m);
    const { out } = await cli(['sync', 'shop', '--json'], daemon);
    expect(JSON.parse(out)).toMatchObject({ workspaceCount: 1, workspace: { id: 'shop' } });
  });

  it('fails with 4 when the daemon has lost its engine', async () => {
    daemon.tracker.connected = false;
    const { code, err } = await cli(['sync'], daemon);
    daemon.tracker.connected = true;
    expect({ code, err }).toEqual({ code: 4, err: 'tidewatch: nothing answers at unix:///stub.sock\n' });
  });
});

describe('archive and unarchive', () => {
  it('set a workspace aside and take it back', async () => {
    expect((await cli(['archive', 'shop'], daemon)).out).toMatch(/^shop \(shop\) is archived/);
    expect(daemon.tracker.states.get('shop')?.status).toBe('archived');
    const { out } = await cli(['unarchive', 'shop', '--json'], daemon);
    expect(JSON.parse(out)).toMatchObject({ id: 'shop', status: 'inactive' });
  });
});

describe('commands that only the daemon can do', () => {
  const commands = [['sync'], ['archive', 'shop'], ['unarchive', 'shop'], ['events']];

  it.each(commands)('%s fails with 4 without a daemon, in one line', async (...args) => {
    const { code, err } = await cli(args);
    expect(code).toBe(4);
    expect(err).toMatch(/^tidewatch: no Tidewatch daemon answers .*tidewatch serve\n$/);
  });

  it.each(commands)('%s does not ignore --host', async (...args) => {
    const { code, err } = await cli([...args, '--host', 'unix:///x.sock'], daemon);
    expect(code).toBe(2);
    expect(err).toContain('takes no --host');
  });
});
