import { gunzipSync } from 'node:zlib';
import { Value } from 'typebox/value';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { memorySeriesStore } from '../metrics/memory-series-store.ts';
import { MetricsCollector } from '../metrics/metrics-collector.ts';
import { METRICS } from '../model/metric-catalogue.ts';
import { FakeClock } from '../runtime/fake-clock.ts';
import { MetricsHistorySchema, RollupsSchema, TrendSchema, UsageSchema } from './contract/history-schemas.ts';
import { StatsSchema } from './contract/status-schemas.ts';
import { AUTHORIZED, type StubApi, stubApi } from './stub-api.contract.ts';

const START = Date.UTC(2026, 10, 25);
const MINUTE = 60_000;

let stub: StubApi;
let history: MetricsCollector;
beforeEach(async () => {
  const clock = new FakeClock(START);
  const listeners: ((id: string, at: number, values: Float64Array) => void)[] = [];
  const monitor = {
    onSample(listener: (typeof listeners)[number]) {
      listeners.push(listener);
      return () => {};
    },
  };
  history = new MetricsCollector({ monitor, store: memorySeriesStore(), clock, timeZone: 'UTC' });
  await history.start();
  stub = await stubApi({ history, clock });
  for (let minute = 0; minute < 90; minute += 1) {
    const values = Float64Array.from(METRICS, (_, metric) => (metric === 0 ? minute : Number.NaN));
    listeners[0]?.('gone', clock.now(), values);
    await clock.advance(MINUTE);
  }
});
afterEach(async () => {
  await stub.close();
  await history.stop();
});

async function get(path: string) {
  const answer = await stub.api.app.inject({ url: `/api/v1${path}`, headers: AUTHORIZED });
  return { status: answer.statusCode, body: answer.json() };
}

test('what a workspace used comes in columns, also when the workspace is forgotten', async () => {
  const { status, body } = await get('/workspaces/gone/metrics?metrics=cpu,memory&from=now-1h&maxPoints=60');
  expect(status).toBe(200);
  expect(Value.Check(MetricsHistorySchema, body)).toBe(true);
  expect(body).toMatchObject({ workspaceId: 'gone', to: START + 90 * MINUTE, step: MINUTE });
  expect(body.at).toEqual(Array.from({ length: 60 }, (_, index) => START + (30 + index) * MINUTE));
  expect(body.series.cpu.avg).toEqual(Array.from({ length: 60 }, (_, index) => 30 + index));
  expect(body.series.memory.max).toEqual(new Array(60).fill(null));
  expect(Object.keys((await get('/workspaces/gone/metrics')).body.series)).toEqual([...METRICS]);
});

test('such text is compressed for whom takes it', async () => {
  const url = '/api/v1/workspaces/gone/metrics?metrics=cpu&from=now-1h&maxPoints=60&format=csv';
  const ask = (accept: string) => stub.api.app.inject({ url, headers: { ...AUTHORIZED, 'accept-encoding': accept } });
  const plain = await ask('identity');
  const compressed = await ask('gzip');
  expect([plain.headers['content-encoding'], compressed.headers['content-encoding']]).toEqual([undefined, 'gzip']);
  expect([plain.headers.vary, compressed.headers.vary]).toEqual(['accept-encoding', 'accept-encoding']);
  expect(gunzipSync(compressed.rawPayload)).toEqual(plain.rawPayload);
});

test('history comes as text when it is asked for so', async () => {
  const text = async (query: string) => {
    const url = `/api/v1/workspaces/gone/metrics?metrics=cpu&from=now-1h&maxPoints=60&${query}`;
    const { statusCode, headers, body } = await stub.api.app.inject({ url, headers: AUTHORIZED });
    return { statusCode, type: headers['content-type'], lines: body.trimEnd().split(/\r?\n/) };
  };
  const csv = await text('format=csv');
  expect(csv).toMatchObject({ statusCode: 200, type: 'text/csv; charset=utf-8; header=present' });
  expect(csv.lines.slice(0, 2)).toEqual([
    'at,workspace,name,cpu_avg,cpu_min,cpu_max',
    '2026-11-25T00:30:00.000Z,gone,gone,30,30,30',
  ]);
  expect(csv.lines).toHaveLength(61);
  stub.tracker.put('gone', { name: 'Shop' });
  const metrics = await text('format=openmetrics');
  expect(metrics.type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(metrics.lines[3]).toMatch(
    /^tidewatch_workspace_cpu_ratio\{workspace="gone",name="Shop",statistic="avg"\} 0\.3 /,
  );
  expect(metrics.lines.at(-1)).toBe('# EOF');
  expect(await text('format=json')).toMatchObject({ statusCode: 200, type: 'application/json; charset=utf-8' });
});

test('rollups and trends', async () => {
  const rollups = await get(`/workspaces/gone/rollups?tier=hour&from=${START}&metrics=cpu`);
  expect(Value.Check(RollupsSchema, rollups.body)).toBe(true);
  expect(rollups.body.items.map((item: { metrics: { cpu: { count: number } } }) => item.metrics.cpu.count)).toEqual([
    60, 30,
  ]);
  const trend = await get('/workspaces/gone/trend?metric=cpu&window=2h');
  expect(Value.Check(TrendSchema, trend.body)).toBe(true);
  expect(trend.body.trend).toMatchObject({ direction: 'rising' });
  const stats = await get('/stats');
  expect(Value.Check(StatsSchema, stats.body)).toBe(true);
  expect(stats.body.collector).toMatchObject({ series: 1, samples: 90, damaged: 0 });
});

test('what is kept of a workspace is deleted once', async () => {
  const url = '/api/v1/workspaces/gone/metrics';
  const purge = () => stub.api.app.inject({ method: 'DELETE', url, headers: AUTHORIZED });
  const first = await purge();
  expect([first.statusCode, first.body]).toEqual([204, '']);
  expect((await get('/workspaces/gone/metrics')).status).toBe(404);
  const second = await purge();
  expect(second.json()).toMatchObject({ status: 404, detail: 'nothing is kept of what a workspace "gone" used' });
});

test('who used most, narrowed and grouped, beside the week before', async () => {
  const { status, body } = await get('/usage?metric=cpu&from=now-1h&by=max&limit=5&group=label:team&compare=true');
  expect(status).toBe(200);
  expect(Value.Check(UsageSchema, body)).toBe(true);
  expect(body).toMatchObject({
    ...{ metric: 'cpu', by: 'max', from: START + 30 * MINUTE, to: START + 90 * MINUTE },
    items: [{ workspaceId: 'gone', name: 'gone', owner: null, max: 89, comparison: { now: 89, before: null } }],
    groups: [{ group: null, workspaces: 1, highest: 89, before: null }],
  });
  expect((await get('/usage?metric=cpu')).body.items).toHaveLength(1);
  expect((await get('/usage?metric=cpu&owner=kim')).body).toMatchObject({ items: [], total: { workspaces: 0 } });
  expect((await get('/usage?metric=cpu&label=team=web')).body.items).toEqual([]);
});

test.each([
  ['/workspaces/nobody/metrics', 404, 'workspace_not_found', /nobody/],
  ['/workspaces/gone/metrics?metrics=memroy', 400, 'bad_request', /memroy: no such metric; did you mean memory\?/],
  ['/workspaces/gone/metrics?from=yesterday', 400, 'bad_request', /from yesterday: give an ISO 8601 instant/],
  ['/workspaces/gone/metrics?from=now&to=now-1h', 400, 'bad_request', /is later than/],
  ['/workspaces/gone/metrics?maxPoints=0', 400, 'bad_request', /maxPoints/],
  ['/workspaces/gone/metrics?step=5', 400, 'bad_request', /step/],
  ['/workspaces/gone/metrics?format=xml', 400, 'bad_request', /format/],
  ['/workspaces/nobody/metrics?format=csv', 404, 'workspace_not_found', /nobody/],
  ['/workspaces/gone/metrics?format=csv&metrics=memroy', 400, 'bad_request', /memroy/],
  ['/workspaces/gone/rollups', 400, 'bad_request', /tier/],
  ['/workspaces/gone/rollups?tier=week', 400, 'bad_request', /tier/],
  ['/workspaces/gone/rollups?tier=minute&from=2000-01-01', 400, 'bad_request', /windows/],
  ['/workspaces/gone/trend', 400, 'bad_request', /metric/],
  ['/workspaces/gone/trend?metric=cpu&window=soon', 400, 'bad_request', /window soon/],
  ['/usage', 400, 'bad_request', /metric/],
  ['/usage?metric=cpus', 400, 'bad_request', /cpus: no such metric; did you mean cpu\?/],
  ['/usage?metric=cpu&by=median', 400, 'bad_request', /by/],
  ['/usage?metric=cpu&limit=1001', 400, 'bad_request', /limit/],
  ['/usage?metric=cpu&group=team', 400, 'bad_request', /group/],
  ['/usage?metric=cpu&group=label:', 400, 'bad_request', /group/],
  ['/usage?metric=cpu&compare=', 400, 'bad_request', /compare/],
  ['/usage?metric=cpu&from=now', 400, 'bad_request', /from must be earlier/],
] as const)('%s is answered %i', async (...[path, status, code, detail]) => {
  const answer = await get(path);
  expect(answer).toMatchObject({ status, body: { code, detail: expect.stringMatching(detail) } });
});
