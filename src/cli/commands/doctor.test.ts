import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeEngine } from '../../engine/fake/fake-engine.ts';
import { fedCollector } from '../../metrics/fed-collector.contract.ts';
import { memorySeriesStore } from '../../metrics/memory-series-store.ts';
import { TidewatchError } from '../../model/errors.ts';
import { FakeClock } from '../../runtime/fake-clock.ts';
import { cli, type StubDaemon, stubDaemon } from '../run-cli.contract.ts';

let daemon: StubDaemon;
let folder: string;
beforeAll(async () => {
  daemon = await stubDaemon();
  folder = mkdtempSync(join(tmpdir(), 'tidewatch-doctor-'));
});
afterAll(async () => {
  await daemon.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Report {
  readonly ok: boolean;
  readonly checks: readonly { name: string; status: string; detail: string; advice: string | null }[];
}

async function report(
  env: Record<string, string>,
): Promise<Report & { code: number; find(name: string): Report['checks'][number] }> {
  const { code, out } = await cli(['doctor', '--json'], { cwd: folder, env: { TIDEWATCH_DATA_DIR: folder, ...env } });
  const { ok, checks } = JSON.parse(out) as Report;
  const find = (name: string) => {
    const check = checks.find((one) => one.name.startsWith(name));
    if (check === undefined) throw new Error(`no check ${name}`);
    return check;
  };
  return { code, ok, checks, find };
}

describe('doctor', () => {
  it('finds a machine with engine and daemon well', async () => {
    await using engine = await FakeEngine.listen();
    engine.add({ name: 'one' });
    const { code, ok, checks, find } = await report({ ...daemon.env, DOCKER_HOST: engine.host });
    expect({ code, ok, bad: checks.filter(({ status }) => status !== 'ok') }).toEqual({ code: 0, ok: true, bad: [] });
    expect(find('engine (from').detail).toContain(`${engine.host} (DOCKER_HOST), API 1.41`);
    expect(find('rights').detail).toContain('1');
    expect(find('event stream').status).toBe('ok');
    expect(find('usage (of').detail).toContain('0 containers read from the kernel’s files');
    expect(find('usage (from').detail).toContain('cgroup');
  });

  it('says that the daemon cannot write the history', async () => {
    const clock = new FakeClock(0);
    const full = () => {
      throw new TidewatchError('store_unwritable', 'history.db: the disk is full');
    };
    const { collector, give } = await fedCollector({ clock, store: { ...memorySeriesStore(), appendJournal: full } });
    const own = await stubDaemon({ history: collector });
    give('shop', { cpu: 1 });
    await clock.advance(10_000);
    const { code, find } = await report(own.env);
    expect(find('history')).toMatchObject({ status: 'fail', detail: expect.stringContaining('the disk is full') });
    expect(find('store').status).toBe('ok');
    expect(code).toBe(1);
    await collector.stop();
    await own.close();
  });

  it('fails with 1 and says what to do without an engine and a daemon', async () => {
    const { code, ok, checks, find } = await report({});
    expect({ code, ok }).toEqual({ code: 1, ok: false });
    expect(find('engine (from').status).toBe('fail');
    expect(find('daemon').status).toBe('warn');
    for (const { status, advice } of checks) if (status !== 'ok') expect(advice).toMatch(/\w/);
  });

  it('does not ask for an engine in this shell where a daemon has one', async () => {
    const { code, find } = await report(daemon.env);
    expect(code).toBe(0);
    expect(find('engine (from')).toMatchObject({ status: 'warn', advice: 'Only needed where no daemon runs.' });
  });

  it('gives each piece of advice once', async () => {
    const { out } = await cli(['doctor'], { cwd: folder });
    expect(out.match(/Start the engine/g)).toHaveLength(1);
  });

  it('tells the daemon’s engine from the shell’s', async () => {
    daemon.tracker.connected = false;
    await using engine = await FakeEngine.listen();
    const { code, find } = await report({ ...daemon.env, DOCKER_HOST: engine.host });
    daemon.tracker.connected = true;
    expect(code).toBe(1);
    expect(find('engine (of').status).toBe('fail');
    expect(find('engine (from').status).toBe('ok');
  });

  it('sees a clock that is off, a proxy that refuses, a wrong configuration and an open token file', async () => {
    await using engine = await FakeEngine.listen();
    engine.setClockOffset(-60_000);
    engine.refuse('/events');
    writeFileSync(join(folder, 'admin-token'), `${'t'.repeat(30)}\n`, { mode: 0o644 });
    const { find } = await report({ DOCKER_HOST: engine.host });
    expect(find('engine clock')).toMatchObject({ status: 'warn', detail: expect.stringContaining('behind') });
    expect(find('event stream').status).toBe('fail');
    expect(find('token file').status).toBe('warn');
    const wrong = await report({ DOCKER_HOST: engine.host, TIDEWATCH_LISTEN: 'nonsense' });
    expect(wrong.find('configuration')).toMatchObject({ status: 'fail' });
  });

  it('prints a line for each check, and what to do below', async () => {
    const { out } = await cli(['doctor'], { cwd: folder });
    expect(out).toMatch(/^ok +Node +\d/m);
    expect(out).toMatch(/^fail {2}engine \(from this shell\)/m);
    expect(out).toMatch(/^ +→ /m);
    const narrow = await cli(['doctor', '--no-color'], { cwd: folder, tty: { columns: 80, rows: 24 } });
    const lines = narrow.out.split(/\r?\n/).filter((line) => line.trim().includes(' '));
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});
