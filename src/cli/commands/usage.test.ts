import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RestlessMonitor } from '../../api/stub-api.contract.ts';
import type { ResourceSummary, Workspace } from '../../client/client.ts';
import { FakeEngine } from '../../engine/fake/fake-engine.ts';
import type { DiskUsed, WorkspaceMetrics } from '../../model/workspace.ts';
import { cli, type StubDaemon, startCli, stubDaemon } from '../run-cli.contract.ts';

const wait = { timeout: 20_000 };
const METRICS: WorkspaceMetrics = {
  cpuPercent: 12.34,
  memoryUsage: 1.2 * 1024 ** 3,
  memoryLimit: 4 * 1024 ** 3,
  networkRxMB: 1.049,
  networkTxMB: 0,
  diskReadMB: null,
  diskWriteMB: null,
  networkRxRate: 2048,
  networkTxRate: 0,
  diskReadRate: null,
  diskWriteRate: null,
  pids: 7,
  uptime: 65,
  lastActivity: null,
  errorCount: 0,
  lastErrorTime: null,
  sampledAt: '2026-01-01T00:00:00.000Z',
};

const DISK_USED: DiskUsed = {
  writableBytes: 5 * 1024 ** 2,
  volumeBytes: null,
  measuredAt: '2026-01-01T00:00:00.000Z',
};

const EXCEEDED: Workspace['exceeded'] = [
  {
    ...{ metric: 'memory', value: 95.2, threshold: 85, unit: 'percent' },
    ...{ containerId: null, since: '2026-01-01T00:00:00.000Z' },
  },
  {
    ...{ metric: 'ioPressure', value: 0.4, threshold: 0.3, unit: 'ratio' },
    ...{ containerId: null, since: '2026-01-01T00:00:00.000Z' },
  },
];

let daemon: StubDaemon;
beforeAll(async () => {
  daemon = await stubDaemon();
  daemon.tracker.put('shop', { metrics: METRICS });
  daemon.tracker.put('big', { metrics: { ...METRICS, cpuPercent: 1, memoryUsage: 2 * 1024 ** 3 } });
  daemon.tracker.put('dark', { owner: 'ann', labels: { team: 'web' } });
  daemon.tracker.put('old', { status: 'inactive', phase: 'stopped', diskUsed: DISK_USED });
});
afterAll(() => daemon.close());

/** A daemon with a workspace whose figures are different each second. */
async function restlessDaemon(): Promise<StubDaemon> {
  const restless = await stubDaemon({ monitor: new RestlessMonitor(1) });
  restless.tracker.put('workspace-0');
  return restless;
}

const firstWords = (out: string) =>
  out
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(' ')[0]);

describe('top', () => {
  it('prints once outside of a terminal: what uses most CPU first, what is not known last, what is stopped not', async () => {
    const { code, out } = await cli(['top'], daemon);
    expect(code).toBe(0);
    expect(firstWords(out)).toEqual(['shop', 'big', 'dark']);
    expect(out).toMatch(/^shop +running +12\.3 +1\.2 GiB +30\.0 +2\.0 KiB +0 B +- +- +7 +-$/m);
    expect(out).toMatch(/^dark +running( +-){9}$/m);
  });

  it.each([
    ['memory', ['big', 'shop', 'dark']],
    ['name', ['big', 'dark', 'shop']],
  ])('sorts by %s', async (sort, names) => {
    expect(firstWords((await cli(['top', '--sort', sort], daemon)).out)).toEqual(names);
  });

  it.each([
    [['--owner', 'ann'], ['dark']],
    [['--label', 'team=web'], ['dark']],
    [
      ['--status', 'active'],
      ['shop', 'big', 'dark'],
    ],
    [['--status', 'archived'], []],
  ])('is narrowed by %j', async (filter, names) => {
    const { out, err } = await cli(['top', ...filter], daemon);
    expect(firstWords(out)).toEqual(names);
    expect(err).toContain(names.length === 0 ? 'no workspace that runs fits these filters' : '');
  });

  it('says in the live table what it is narrowed to', async () => {
    const tty = { columns: 120, rows: 8 };
    const running = startCli(['top', '--no-color', '--owner', 'ann'], { ...daemon, tty });
    await expect.poll(running.out, wait).toMatch(/ann[\s\S]*dark /);
    expect(running.out()).not.toContain('shop ');
    running.press('q');
    expect((await running.ended).code).toBe(0);
  });

  it('refuses another order', async () => {
    const { code, err } = await cli(['top', '--sort', 'colour'], daemon);
    expect(code).toBe(2);
    expect(err).toContain('cpu, memory, name');
  });

  it('prints one object with --json --once', async () => {
    const once = await cli(['top', '--json', '--once'], daemon);
    expect((JSON.parse(once.out) as { items: Workspace[] }).items[0]?.metrics).toEqual(METRICS);
    expect(once.out.trimEnd().split('\n')).toHaveLength(1);
  });

  it('prints an object a line each time figures are told, with those figures', async () => {
    const restless = await restlessDaemon();
    const running = startCli(['top', '--json'], restless);
    const lines = () => running.out().trimEnd().split('\n');
    await expect.poll(() => lines().length, wait).toBeGreaterThan(4);
    running.stop();
    expect((await running.ended).code).toBe(0);
    const told = lines().map((line) => JSON.parse(line) as { at: string; items: Workspace[] });
    expect(new Set(told.map(({ at }) => at)).size).toBe(told.length);
    // The list, which this tracker gives without figures, may be there before the first of them.
    const figures = told.flatMap(({ items }) => items[0]?.metrics?.cpuPercent ?? []);
    expect(figures.length).toBeGreaterThan(1);
    expect(new Set(figures).size).toBe(figures.length);
    await restless.close();
  });

  it.each(['top', 'watch'])('%s shows new figures each second, and none of a daemon that is gone', async (command) => {
    const restless = await restlessDaemon();
    const running = startCli([command, '--no-color'], { ...restless, tty: { columns: 100, rows: 8 } });
    const told = () => new Set([...running.out().matchAll(/workspace-0 .* (\d+\.0) /g)].map(([, cpu]) => cpu)).size;
    await expect.poll(told, wait).toBeGreaterThan(3);
    await restless.close();
    const last = () => running.out().slice(running.out().lastIndexOf('\x1b[?2026h'));
    await expect.poll(last, wait).toContain('the daemon does not answer');
    expect(last()).toMatch(/workspace-0/);
    expect(last()).not.toMatch(/\d\.0 /);
    running.press('q');
    expect((await running.ended).code).toBe(0);
  });

  it('says so where nothing runs', async () => {
    const idle = await stubDaemon();
    idle.tracker.put('old', { status: 'inactive', phase: 'stopped' });
    const running = startCli(['top', '--no-color'], { ...idle, tty: { columns: 80, rows: 8 } });
    await expect.poll(running.out, wait).toContain('nothing runs now');
    running.press('q');
    await running.ended;
    await idle.close();
  });

  it('draws a live table in a terminal and sorts by a key', async () => {
    const running = startCli(['top', '--no-color'], { ...daemon, tty: { columns: 140, rows: 12 } });
    await expect.poll(running.out, wait).toMatch(/shop .*\r\n.*big .*\r\n.*dark /);
    running.press('m');
    await expect.poll(running.out, wait).toMatch(/big .*\r\n.*shop .*\r\n.*dark /);
    running.press('q');
    expect((await running.ended).code).toBe(0);
  });
});

describe('show with figures', () => {
  it('prints what is used, and nothing where nothing is known', async () => {
    const { out } = await cli(['show', 'shop'], daemon);
    expect(out).toMatch(/^cpu +12\.3 % of one core$/m);
    expect(out).toMatch(/^memory +1\.2 GiB of 4\.0 GiB \(30\.0 %\)$/m);
    expect(out).toMatch(/^network +rx 2\.0 KiB\/s \(1\.0 MiB in all\), tx 0 B\/s \(0 B in all\)$/m);
    expect(out).toMatch(/^disk +read -, write -$/m);
    expect((await cli(['show', 'dark'], daemon)).out).not.toMatch(/^(memory|disk)/m);
  });

  it('prints what is used on disk, also of a workspace that is stopped', async () => {
    const { out } = await cli(['show', 'old'], daemon);
    expect(out).toMatch(/^disk used +5\.0 MiB written, - in volumes, measured 2026-01-01T00:00:00\.000Z \(\w+ ago\)$/m);
  });
});

describe('a workspace over its thresholds', () => {
  it('is marked in top and told in show, like a label that cannot be understood', async () => {
    const strained = await stubDaemon();
    strained.tracker.put('full', { metrics: METRICS, exceeded: EXCEEDED, labelProblems: ['label x=y: expected z'] });
    const { out: top } = await cli(['top'], strained);
    expect(top).toMatch(/^full +running ! +12\.3 +1\.2 GiB +!30\.0 +2\.0 KiB/m);
    const { out: shown } = await cli(['show', 'full'], strained);
    expect(shown).toMatch(/^exceeded +memory is at 95\.2 %; above 85 % since 2026-01-01T00:00:00\.000Z \(\w+\)$/m);
    expect(shown).toMatch(/^exceeded +ioPressure is at 0\.4; above 0\.3 since/m);
    expect(shown).toMatch(/^problem +label x=y: expected z$/m);
    await strained.close();
  });
});

describe('without a daemon', () => {
  it('reads the engine directly and says so', async () => {
    await using engine = await FakeEngine.listen();
    const usage = { memoryCharged: 64 * 1024 ** 2, pids: 3 };
    engine.run({ name: 'lonely', labels: { 'tidewatch.owner': 'ann', team: 'web' } });
    engine.setUsage('lonely', usage);
    const env = { DOCKER_HOST: engine.host };
    const top = await cli(['top'], { env });
    expect(top.err).toContain('Tracking the engine directly');
    expect(top.out).toMatch(/^lonely +running +0\.0 +64\.0 MiB/m);
    const show = await cli(['show', 'lonely'], { env });
    expect(show.out).toMatch(/^cpu +0\.0 % of one core$/m);
    expect(show.out).toMatch(/^memory +64\.0 MiB of /m);
    const summary = await cli(['summary', '--label', 'team'], { env });
    expect(summary.err).toContain('Tracking the engine directly');
    expect(summary.out).toMatch(/^workspaces +1, 1 running with 1 containers$/m);
    expect(summary.out).toMatch(/^memory +64\.0 MiB +64\.0 MiB +64\.0 MiB$/m);
    expect(summary.out).toMatch(/^ann +1 +1 +0\.0 +64\.0 MiB/m);
    expect(summary.out).toMatch(/^LABEL team.*\nweb +1/m);
  }, 60_000);
});

describe('summary', () => {
  it('prints the API’s own document with --json', async () => {
    const { code, out } = await cli(['summary', '--json'], daemon);
    expect(code).toBe(0);
    expect((JSON.parse(out) as ResourceSummary).workspaces).toBe(0);
  });
});

describe('a daemon older than the command line', () => {
  /** What it did not tell yet. */
  const LATER = /^(?:exceeded|labelProblems|diskUsed|lastActivityKind|freshness|collector|engineCalls)$/;
  const older: typeof fetch = async (url, init) => {
    const answer = await fetch(url, init);
    if (!answer.headers.get('content-type')?.includes('application/json')) return answer;
    const told: unknown = JSON.parse(await answer.text(), (name, value) =>
      LATER.test(name) && !(name === 'freshness' && 'by' in value) ? undefined : value,
    );
    return Response.json(told, { status: answer.status });
  };

  it.each([
    [['show', 'shop'], /^cpu +12\.3 % of one core$/m],
    [['show', 'old'], /^status +inactive$/m],
    [['top'], /^shop +running +12\.3/m],
    [['ls'], /^shop /m],
    [['summary'], /^processes /m],
  ])('%j prints what it tells', async (args, shown) => {
    const { code, out, err } = await cli(args, { ...daemon, fetch: older });
    expect(err).toBe('');
    expect(out).toMatch(shown);
    expect(out).not.toContain('undefined');
    expect(code).toBe(0);
  });
});
