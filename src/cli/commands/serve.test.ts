import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeEngine } from '../../engine/fake/fake-engine.ts';
import { systemClock } from '../../runtime/clock.ts';
import { cli, startCli } from '../run-cli.contract.ts';
import { startUnlessEnded } from './serve.ts';

const wait = { timeout: 20_000 };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidewatch-serve-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('serve', () => {
  it('says where it serves, how to log in and how the engine stands, and ends cleanly', async () => {
    await using engine = await FakeEngine.listen();
    engine.add({ name: 'hello' });
    const dataDir = join(folder, 'one');
    const running = startCli(['serve', '--listen', '127.0.0.1:0', '--data-dir', dataDir, '--host', engine.host], {
      cwd: folder,
    });
    await expect.poll(running.out, wait).toContain('engine');
    const url = /serves (http:\S+)/.exec(running.out())?.[1] ?? '';
    expect(running.out()).toContain(`${url}/login?code=`);
    expect(running.out()).toContain(join(dataDir, 'admin-token'));
    expect(running.out()).toContain(`connected to ${engine.host}`);
    const env = { TIDEWATCH_URL: url, TIDEWATCH_TOKEN: readFileSync(join(dataDir, 'admin-token'), 'utf8').trim() };
    await expect.poll(async () => (await cli(['ls'], { env })).out, wait).toMatch(/^hello +active/m);
    running.stop();
    const { code, err } = await running.ended;
    expect(code).toBe(0);
    expect(err).toMatch(/stopping.*SIGINT/);
    expect((await cli(['ls'], { env })).code).toBe(4);
  });

  it('waits for an engine that is not there, and says why', async () => {
    const args = ['serve', '--json', '--listen', '127.0.0.1:0', '--data-dir', join(folder, 'two')];
    const running = startCli(args, { cwd: folder });
    await expect.poll(running.out, wait).toContain('\n');
    const said = JSON.parse(running.out()) as { engine: { state: string; error: string } };
    expect(said.engine).toMatchObject({ state: 'connecting', error: expect.stringContaining('docker.sock') });
    running.stop();
    expect((await running.ended).code).toBe(0);
  });

  it.each([
    [['--listen', 'nonsense'], '--listen'],
    [['--url', 'http://x'], 'takes no --url'],
    [['--host', 'unix:///a', '--engine-host', 'unix:///b'], 'given twice'],
    [['--log-level', 'loud'], '--log-level'],
    [['--config', 'missing.yaml'], 'missing.yaml'],
  ])('does not start with %j', async (args, said) => {
    const { code, err } = await cli(['serve', '--data-dir', join(folder, 'three'), ...args], { cwd: folder });
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  it.skipIf(process.platform !== 'linux')('does not start on a folder that cannot be made, and says so', async () => {
    const { code, err } = await cli(['serve', '--data-dir', '/proc/nope'], { cwd: folder });
    expect(code).toBe(1);
    expect(err).toContain('the data folder /proc/nope cannot be made');
  });

  it('ends at a signal while the start hangs, and waits for one that is only slow', async () => {
    const ended = new AbortController();
    const io = { signal: ended.signal, clock: { ...systemClock, sleep: () => Promise.resolve() } };
    const hangs = startUnlessEnded({ start: () => new Promise(() => {}) }, io);
    ended.abort();
    await expect(hangs).rejects.toThrow('ended before the start was done');
    await startUnlessEnded({ start: () => Promise.resolve() }, { ...io, clock: systemClock });
  });
});
