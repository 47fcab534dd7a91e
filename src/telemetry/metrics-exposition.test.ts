import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ScriptedWorkspaces } from '../monitor/scripted-workspaces.contract.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { someMetrics, someOwnFacts } from './exposed.contract.ts';
import { MetricsExposition } from './metrics-exposition.ts';
import { WorkspaceWalk } from './workspace-walk.ts';

const own = await someOwnFacts();
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

function exposed(maxWorkspaces = 100) {
  const workspaces = new ScriptedWorkspaces();
  const clock = new FakeClock();
  const walk = new WorkspaceWalk({ workspaces, clock, maxWorkspaces });
  const exposition = new MetricsExposition({ workspaces: walk, own: () => own, clock });
  const read = async (...how: Parameters<MetricsExposition['text']>) => (await exposition.text(...how)).body.toString();
  return { workspaces, clock, exposition, read };
}

/** All samples by name and labels. */
function samplesOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  );
}

test('a workspace is told with its state, what it uses in base units, and counters', async () => {
  const { workspaces, read } = exposed();
  workspaces.set(
    'shop',
    [
      { id: 'web', restartCount: 3 },
      { id: 'job', state: 'exited' },
    ],
    {
      name: 'The "shop"',
      owner: 'ana',
      metrics: someMetrics(),
      lastActivity: '2026-01-01T00:00:09.000Z',
      exceeded: [
        {
          metric: 'cpu',
          value: 90,
          threshold: 80,
          unit: 'percent',
          containerId: null,
          since: '2026-01-01T00:00:00.000Z',
        },
      ],
    },
  );
  const w = 'workspace="shop"';
  expect(samplesOf(await read('prometheus'))).toMatchObject({
    [`tidewatch_workspace_info{${w},name="The \\"shop\\"",owner="ana",source="container"}`]: '1',
    [`tidewatch_workspace_status{${w},status="active"}`]: '1',
    [`tidewatch_workspace_phase{${w},phase="running",reason="container_running"}`]: '1',
    [`tidewatch_workspace_freshness{${w},freshness="live"}`]: '1',
    [`tidewatch_workspace_containers{${w},state="running"}`]: '1',
    [`tidewatch_workspace_containers{${w},state="exited"}`]: '1',
    [`tidewatch_workspace_restarts_total{${w}}`]: '3',
    [`tidewatch_workspace_threshold_exceeded{${w},metric="cpu"}`]: '1',
    [`tidewatch_workspace_cpu_ratio{${w}}`]: '0.1235',
    [`tidewatch_workspace_memory_bytes{${w}}`]: '100000000',
    [`tidewatch_workspace_network_receive_bytes_total{${w}}`]: '1500000',
    [`tidewatch_workspace_disk_write_bytes_total{${w}}`]: '8000000',
    [`tidewatch_workspace_start_time_seconds{${w}}`]: '1767225600',
    [`tidewatch_workspace_last_activity_timestamp_seconds{${w}}`]: '1767225609',
    [`tidewatch_workspace_errors_total{${w}}`]: '2',
    'tidewatch_workspaces{status="active"}': '1',
    tidewatch_engine_connected: '1',
    'tidewatch_engine_calls_total{kind="list"}': '4',
    'tidewatch_build_info{version="1.2.3",node_version="v20.19.0",store="memory:"}': '1',
    'tidewatch_webhook_events_total{webhook="ci",outcome="failed"}': '4',
    process_cpu_seconds_total: '1.5',
  });
});

test('figures that are not known have no sample', async () => {
  const { workspaces, read } = exposed();
  workspaces.set('idle', [{ id: 'web', state: 'exited' }]);
  const text = await read('prometheus');
  expect(text).toContain('tidewatch_workspace_status{workspace="idle",status="inactive"} 1\n');
  expect(text).not.toMatch(/^tidewatch_workspace_(cpu_ratio|memory_bytes|disk_read_bytes_total)\{/m);
});

test('OpenMetrics has families without the suffix, units and an end', async () => {
  const { workspaces, read } = exposed();
  workspaces.set('shop', [{ id: 'web' }], { metrics: someMetrics() });
  const text = await read('openmetrics');
  expect(text).toContain(
    '# TYPE tidewatch_workspace_disk_read_bytes counter\n# UNIT tidewatch_workspace_disk_read_bytes bytes\n',
  );
  expect(text).toContain('\ntidewatch_workspace_disk_read_bytes_total{workspace="shop"} 4000000\n');
  expect(text).toMatch(/# TYPE tidewatch_workspace info\n/);
  expect(text.endsWith('# EOF\n')).toBe(true);
});

test('each family stands in one place, described once, under a name that no other has', async () => {
  const { workspaces, read } = exposed();
  for (const id of ['a', 'b', 'c']) workspaces.set(id, [{ id }], { metrics: someMetrics() });
  for (const format of ['prometheus', 'openmetrics'] as const) {
    const text = await read(format);
    const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(new Set(types).size).toBe(types.length);
    const names = text.split('\n').flatMap((line) => /^[a-z_]+/.exec(line)?.[0] ?? []);
    const changes = names.filter((name, index) => name !== names[index - 1]);
    expect(new Set(changes).size).toBe(changes.length);
  }
});

test('any text as name or owner stays one label', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string(), async (name, owner) => {
      const { workspaces, read } = exposed();
      workspaces.set('w', [{ id: 'w' }], { name, owner });
      const line =
        (await read('prometheus')).split('\n').find((one) => one.startsWith('tidewatch_workspace_info{')) ?? '';
      const label = String.raw`"((?:[^"\\\n]|\\["\\n])*)"`;
      const found = new RegExp(
        `^tidewatch_workspace_info\\{workspace="w",name=${label},owner=${label},source="container"\\} 1$`,
      ).exec(line);
      const read1 = (text = '') => text.replaceAll(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f\u007f]/);
      if (!/\p{Cc}/u.test(name)) expect(read1(found?.[1])).toBe(Buffer.from(name).toString());
      expect(found).not.toBeNull();
    }),
  );
});

test.skipIf(!hasPromtool)('promtool finds nothing to complain of, whatever names are', async () => {
  const { workspaces, read } = exposed();
  workspaces.set('a', [{ id: 'a', restartCount: 1 }], {
    metrics: someMetrics(),
    name: 'a"\\\n\u0000\r{}\ud800',
    owner: '日本',
  });
  workspaces.set('b', [{ id: 'b' }], {
    diskUsed: { writableBytes: 1, volumeBytes: 2, measuredAt: '2026-01-01T00:00:00.000Z' },
  });
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: await read('prometheus'), encoding: 'utf8' });
  expect(checked.stderr + checked.stdout).toBe('');
  expect(checked.status).toBe(0);
});

test('beyond the bound those that run are told of, and how many are not', async () => {
  const { workspaces, read } = exposed(2);
  workspaces.set('old', [{ id: 'old', state: 'exited' }]);
  workspaces.set('kept', [{ id: 'kept', state: 'exited' }]);
  workspaces.run('busy');
  const samples = samplesOf(await read('prometheus'));
  expect(Object.keys(samples).filter((name) => name.startsWith('tidewatch_workspace_info'))).toHaveLength(2);
  expect(samples).toMatchObject({
    'tidewatch_workspace_status{workspace="busy",status="active"}': '1',
    'tidewatch_workspace_status{workspace="old",status="inactive"}': '1',
    'tidewatch_workspaces{status="inactive"}': '2',
    tidewatch_metrics_workspaces_left_out: '1',
  });
});

test('a scope hides all other workspaces and Tidewatch itself', async () => {
  const { workspaces, read } = exposed();
  workspaces.run('mine');
  workspaces.run('theirs');
  const text = await read('prometheus', (id) => id === 'mine');
  expect(text).toContain('workspace="mine"');
  expect(text).not.toContain('theirs');
  expect(samplesOf(text)).toMatchObject({ 'tidewatch_workspaces{status="active"}': '1' });
  expect(text).not.toMatch(/^(tidewatch_(containers|events|readings)|process_)/m);
});

test('who asks within the same second gets the same text, later a new one', async () => {
  const { workspaces, clock, read, exposition } = exposed();
  workspaces.run('a');
  const [first, second] = await Promise.all([exposition.text('prometheus'), exposition.text('prometheus')]);
  expect(second).toBe(first);
  workspaces.run('b');
  expect(await read('prometheus')).not.toContain('workspace="b"');
  await clock.advance(1_000);
  expect(await read('prometheus')).toContain('workspace="b"');
});

test('what is made for one scope is not given to another', async () => {
  const { workspaces, read } = exposed();
  workspaces.run('a');
  workspaces.run('b');
  expect(await read('prometheus', (id) => id === 'a')).not.toContain('workspace="b"');
  expect(await read('prometheus', (id) => id === 'b')).not.toContain('workspace="a"');
  expect(await read('prometheus')).toContain('workspace="a"');
});

test('others have their turn while the text is made', async () => {
  const { workspaces, clock, exposition } = exposed(1_000);
  for (let index = 0; index < 100; index += 1) workspaces.run(`w${index}`);
  // Each look at the clock finds that a millisecond has passed.
  let at = 0;
  clock.monotonic = () => at++;
  let turns = 0;
  const turn = clock.yieldTurn.bind(clock);
  clock.yieldTurn = () => {
    turns += 1;
    return turn();
  };
  await exposition.text('openmetrics');
  expect(turns).toBeGreaterThan(2);
});
